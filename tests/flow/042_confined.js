'use strict';
/* tests/flow/042_confined.js - the confinement as /proc and the linker show it.
 * Proves: "The six actors …, each linking only what it needs (the front no libpq, libcurl or
 * libjwt; auth no libpq or libcurl; only db libpq; only vertex, and notifier for mail and
 * webhooks, libcurl), each under its own user when started by root, with no_new_privs, no
 * capabilities, a seccomp allow-list, Landlock, rlimits, non-dumpable"; "hands it its links and
 * only the settings and secrets that its row names".
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { test, assert, before } = require('./tiny');
const h = require('./harness');

let t, pids;

before(async () => {
	t = await h.start({ env: { WEBHOOKS: 'off' } });
	pids = await t.pids();
});

const NEVER = {
	front: /lib(pq|curl|jwt|sodium)/, auth: /lib(pq|curl|h2o)/, db: /lib(curl|jwt|h2o)/, vertex: /lib(pq|jwt|h2o)/,
	poller: /lib(pq|curl|jwt|h2o|ssl|crypto|sodium|jansson)/, notifier: /lib(pq|jwt|h2o)/, studiod: /lib(pq|curl|jwt|h2o)/,
};

test('each program links only what it needs', () => {
	for (const [name, never] of Object.entries(NEVER)) {
		const r = spawnSync('readelf', ['-d', path.join(h.BUILD, name)], { encoding: 'utf8' });
		assert.equal(r.status, 0, r.stderr);
		const needed = [...r.stdout.matchAll(/NEEDED.*\[(.*)\]/g)].map((m) => m[1]);
		assert.ok(needed.length > 0);
		assert.deepEqual(needed.filter((l) => never.test(l)), [], `${name} links ${needed}`);
	}
	assert.match(spawnSync('readelf', ['-d', path.join(h.BUILD, 'db')], { encoding: 'utf8' }).stdout, /libpq/);
});

test('each program is position independent with full relro', () => {
	for (const name of Object.keys(NEVER)) {
		assert.match(spawnSync('readelf', ['-h', path.join(h.BUILD, name)], { encoding: 'utf8' }).stdout, /Type:\s+DYN/);
		assert.match(spawnSync('readelf', ['-d', path.join(h.BUILD, name)], { encoding: 'utf8' }).stdout, /BIND_NOW|FLAGS.*NOW/);
	}
});

for (const name of h.ACTORS)
	test(`${name}: no privileges, a filter, its own user, no dump`, () => {
		const s = h.procStatus(pids[name]);
		assert.equal(s.NoNewPrivs, '1');
		assert.equal(s.Seccomp, '2');
		for (const c of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
			assert.match(s[c], /^0+$/, `${c} ${s[c]}`);
		if (h.IS_ROOT) {
			const uids = s.Uid.split(/\s+/), gids = s.Gid.split(/\s+/);
			assert.ok(uids.every((u) => u === uids[0] && u !== '0'), s.Uid);
			assert.ok(gids.every((g) => g === gids[0] && g !== '0'), s.Gid);
			assert.ok(!s.Groups.split(/\s+/).includes('0'), `groups ${s.Groups}`);
			for (const other of h.ACTORS.filter((o) => o !== name))
				assert.notEqual(h.procStatus(pids[other]).Uid, s.Uid, `the user of ${name} is that of ${other}`);
			assert.equal(fs.statSync(`/proc/${pids[name]}/mem`).uid, 0, 'not dumpable: its /proc files are root\'s');
		}
		const limits = fs.readFileSync(`/proc/${pids[name]}/limits`, 'latin1');
		assert.match(limits, /^Max core file size\s+0\s+0\s/m);
		assert.doesNotMatch(limits, /^Max open files\s+\S+\s+(unlimited|1048576)/m);
	});

test('Landlock and the filter are told by studioctl sandbox without a lack', () => {
	for (const name of h.ACTORS) {
		const r = t.ctl('sandbox', name);
		assert.match(r.stdout, /landlock: abi [1-9]/, r.stdout);
		assert.match(r.stdout, /seccomp: \d+ calls allowed/);
	}
	assert.ok(!t.lines().some((l) => l.message === 'confinement_lacks' && !(/user/.test(l.part) && !h.IS_ROOT)),
	    `the machine or the tree lacks a part: ${t.linesWith('confinement_lacks').map((l) => l.text)}`);
});

test('actors without a network have one that leads nowhere', () => {
	if (!h.IS_ROOT)
		return;
	const net = (pid) => fs.readlinkSync(`/proc/${pid}/ns/net`);
	const host = net(process.pid);
	for (const name of ['front', 'auth', 'db', 'poller', 'notifier'])
		assert.notEqual(net(pids[name]), host, name);
});

test('an actor holds no file and no listening socket that its row does not name', () => {
	if (!h.IS_ROOT)
		return;		/* not dumpable: nobody else may look */
	for (const name of h.ACTORS) {
		const links = fs.readdirSync(`/proc/${pids[name]}/fd`).map((fd) => {
			try {
				return fs.readlinkSync(`/proc/${pids[name]}/fd/${fd}`);
			} catch {
				return '';
			}
		});
		const files = links.filter((l) => l.startsWith('/') && !['/dev/null', '/dev/urandom'].includes(l));
		const dir = fs.realpathSync(t.dir);
		const allowed = name === 'db' ? files.filter((f) => f.startsWith(dir)) : name === 'notifier' ? [path.join(dir, 'mail')] : [];
		assert.deepEqual(files.filter((f) => !allowed.includes(f)), [], name);
	}
});

test('environments are empty of settings', () => {
	if (!h.IS_ROOT)
		return;
	for (const name of h.ACTORS)
		assert.doesNotMatch(fs.readFileSync(`/proc/${pids[name]}/environ`, 'latin1'), /SECRET|PASSWORD|DATABASE|ADMIN/);
});

test('STATE_DIR is closed to others', () => {
	const secrets = [];
	const walk = (dir, closed) => {
		for (const e of fs.readdirSync(dir, { withFileTypes: true })) {
			const p = path.join(dir, e.name), mode = fs.statSync(p).mode;
			const shut = closed || (e.isDirectory() && (mode & 0o007) === 0);
			if (e.isDirectory())
				walk(p, shut);
			else if (e.isFile() && !shut && (mode & 0o007) !== 0 && /key|secret|password/i.test(e.name))
				secrets.push(p);
		}
	};
	walk(t.dir, (fs.statSync(t.dir).mode & 0o007) === 0);
	assert.deepEqual(secrets, []);
});
