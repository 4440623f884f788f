'use strict';
/* tests/flow/041_studioctl.js - the control socket and its client.
 * Proves: "Control socket and studioctl: status (every process: pid, user, state, uptime, restarts
 * and last cause of death, memory, queue depths), tree, restart ACTOR, stop, logs -f [ACTOR],
 * sandbox ACTOR; a readable table, or --json. Only root and the configured group may speak, by
 * SO_PEERCRED."
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { test, assert, before } = require('./tiny');
const h = require('./harness');

let t;
const SERVICES = [...h.ACTORS, 'postgres', 'emulator'];

before(async () => { t = await h.start(); });

const ok = (r) => {
	assert.equal(r.code, 0, r.stderr + r.stdout);
	return r.stdout;
};

test('status --json tells all about every process', async () => {
	const s = await t.status();
	for (const name of SERVICES) {
		const p = s[name];
		assert.ok(p, `${name} is missing from ${Object.keys(s)}`);
		assert.ok(t.isUp(p), `${name}: ${p.state}`);
		assert.ok(h.procStat(p.pid), `${name} has no process ${p.pid}`);
		const keys = Object.keys(p).join(' ');
		for (const what of ['pid', 'user', 'uid', 'state', 'uptimeMs', 'restarts', 'rssKiB', 'queued', 'inFlight'])
			assert.ok(what in p, `${name} without ${what}: ${keys}`);
		assert.ok(p.rssKiB > 500, `${name}: ${p.rssKiB} KiB`);
		assert.equal(p.uid, Number(h.procStatus(p.pid).Uid.split(/\s+/)[0]));
	}
	assert.equal(s.studiod.pid, t.pid);
});

test('status tells the last cause of death', async () => {
	const pid = await t.pidOf('poller');
	process.kill(pid, 'SIGABRT');
	const s = await t.replaced('poller', pid);
	assert.equal(s.restarts, 1);
	assert.match(s.lastDeath.cause, /signal 6\b.*ABRT/);
	assert.ok(s.lastDeath.agoMs < 10000);
	assert.match(t.ctl('status').stdout, /poller.*signal 6/);
});

test('status is a table that a person reads', () => {
	const out = ok(t.ctl('status'));
	for (const name of SERVICES)
		assert.match(out, new RegExp(`^\\W*${name}\\b.*\\bup\\b`, 'm'));
	assert.match(out.split('\n').slice(0, 4).join('\n'), /pid/i);
	assert.match(out.split('\n').slice(0, 4).join('\n'), /restarts/i);
	assert.doesNotMatch(out, /\x1b/, 'no colours where nobody looks');
});

test('tree shows who may talk to whom', () => {
	const out = ok(t.ctl('tree'));
	for (const name of SERVICES)
		assert.ok(out.includes(name), `${name} in\n${out}`);
	JSON.parse(ok(t.ctl('tree', '--json')));
});

test('sandbox ACTOR shows each actor\'s rows', () => {
	for (const name of h.ACTORS) {
		const out = ok(t.ctl('sandbox', name));
		assert.match(out, /epoll_wait/);
		assert.match(out, /seccomp/i);
		assert.match(out, /landlock/i);
		JSON.parse(ok(t.ctl('sandbox', name, '--json')));
	}
	assert.doesNotMatch(ok(t.ctl('sandbox', 'front')), /^\s*(ALLOW|allow)?\s*\b(execve|openat|connect)\b(?!.*(den|refus|EACCES|EPERM))/m);
});

test('restart ACTOR gives it a new process and touches no other', async () => {
	const before = await t.pids();
	ok(t.ctl('restart', 'notifier'));
	await t.replaced('notifier', before.notifier);
	const now = await t.pids();
	for (const name of SERVICES.filter((n) => n !== 'notifier'))
		assert.equal(now[name], before[name], name);
	await t.user();
});

test('logs, and logs -f of one actor', async () => {
	assert.match(ok(t.ctl('logs')), /ready|confined/);
	const follow = spawn(path.join(h.BUILD, 'studioctl'), ['logs', '-f', 'front'], { env: t.env(), stdio: ['ignore', 'pipe', 'pipe'] });
	let text = '';
	follow.stdout.on('data', (d) => { text += d; });
	try {
		await h.sleep(300);
		await t.api.get('/api/users/profile', { 'X-Request-Id': 'seen-by-follow' });
		await h.until(3, 'the line of front', () => text.includes('seen-by-follow'));
		assert.ok(!/\b(poller|vertex|notifier)\[/.test(text), 'lines of front only');
		assert.equal(follow.exitCode, null, 'it follows on');
	} finally {
		follow.kill();
	}
	await h.until(3, 'the end of follow', () => follow.exitCode !== null || follow.signalCode !== null);
	(await t.api.get('/healthz')).must(200);
});

test('what it does not know it says, with a code that is not 0', () => {
	for (const args of [['restart', 'nobody'], ['restart'], ['sandbox', 'nobody'], ['sandbox', 'postgres'], ['frobnicate'], ['logs', 'nobody'], []]) {
		const r = t.ctl(...args);
		assert.notEqual(r.code, 0, `studioctl ${args.join(' ')}`);
		assert.equal(r.signal, null);
		assert.ok((r.stderr + r.stdout).trim().length > 0, `studioctl ${args.join(' ')} says nothing`);
	}
	assert.equal(t.ctl('--help').code, 0);
});

/* As user nobody, with its own copy of studioctl: the build may lie where only root looks. */
function asNobody(...args) {
	const dir = h.makeDir();
	fs.copyFileSync(path.join(h.BUILD, 'studioctl'), path.join(dir, 'studioctl'));
	fs.chmodSync(path.join(dir, 'studioctl'), 0o755);
	return t.ctlWith({ prefix: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'], bin: path.join(dir, 'studioctl') }, ...args);
}

test('another user is refused', async () => {
	if (!h.IS_ROOT)
		return;		/* only root can be somebody else */
	for (const args of [['status'], ['restart', 'front'], ['stop'], ['logs']]) {
		const r = asNobody(...args);
		assert.notEqual(r.code, 0, `studioctl ${args.join(' ')} as nobody: ${r.stdout}`);
		assert.match(r.stderr + r.stdout, /refused|denied|permi|may not|not allowed/i);
	}
	/* even where the socket file itself would let it in: SO_PEERCRED decides */
	const socket = path.join(t.dir, 'control.sock');
	const mode = fs.statSync(socket).mode & 0o777, dirMode = fs.statSync(t.dir).mode & 0o777;
	fs.chmodSync(socket, 0o666);
	fs.chmodSync(t.dir, 0o755);
	try {
		const r = asNobody('stop');
		assert.notEqual(r.code, 0, r.stdout);
		await t.waitLog(3, 'about the refusal', (l) => /control|peer/.test(l.message) && /refused|denied/.test(l.text));
	} finally {
		fs.chmodSync(socket, mode);
		fs.chmodSync(t.dir, dirMode);
	}
	(await t.api.get('/healthz')).must(200);
}, { limit: 60 });

test('the configured group may speak', async () => {
	if (!h.IS_ROOT)
		return;
	const other = await h.start({ env: { CONTROL_GROUP: 'nogroup' } });
	const dir = h.makeDir();
	fs.copyFileSync(path.join(h.BUILD, 'studioctl'), path.join(dir, 'studioctl'));
	fs.chmodSync(path.join(dir, 'studioctl'), 0o755);
	const ctl = (...groups) => other.ctlWith({ prefix: ['setpriv', '--reuid=65534', '--regid=65533', ...groups], bin: path.join(dir, 'studioctl') }, 'status');
	assert.notEqual(ctl('--clear-groups').code, 0);
	ok(ctl('--groups=65534'));
	await other.stop();
}, { limit: 60 });

test('garbage on the control socket closes that connection only', async () => {
	for (const junk of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(70000, 0xff), Buffer.from([0, 0, 0, 1, 0xc1]), Buffer.from([0xff, 0xff, 0xff, 0xff])]) {
		await new Promise((yes) => {
			const s = net.connect(path.join(t.dir, 'control.sock'));
			s.on('error', () => {});
			s.on('close', yes);
			s.on('connect', () => { s.write(junk); setTimeout(() => s.destroy(), 1000); });
			s.on('data', () => {});
		});
		ok(t.ctl('status'));
	}
	assert.ok(h.procStat(t.pid));
});

test('many at once are served, too many are turned away, and it recovers', async () => {
	const connect = (n) => Array.from({ length: n }, () => net.connect(path.join(t.dir, 'control.sock')).on('error', () => {}));
	let idle = connect(6);
	await h.sleep(200);
	for (const r of await Promise.all(Array.from({ length: 6 }, () => t.ctlLater('status', '--json'))))
		ok(r);
	idle.push(...connect(60));
	await h.sleep(200);
	const r = await t.ctlLater('status');
	assert.equal(typeof r.code, 'number', 'an answer or a refusal, not a wait');
	idle.forEach((s) => s.destroy());
	idle = [];
	await h.sleep(200);
	ok(t.ctl('status'));
	(await t.api.get('/healthz')).must(200);
}, { limit: 60 });

test('stop ends the tree in order within 5 s', async () => {
	const members = h.family(t.pid);
	const began = Date.now();
	ok(t.ctl('stop'));
	await h.until(6, 'the end', () => t.exit);
	assert.ok(t.exit.at - began < 5000);
	assert.equal(t.exit.code, 0);
	assert.deepEqual(members.filter(h.isAlive), []);
	const r = t.ctl('status');
	assert.notEqual(r.code, 0);
	assert.match(r.stderr, /not running|no studiod|connect|make run/i);
});
