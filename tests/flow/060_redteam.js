'use strict';
/* tests/flow/060_redteam.js - what a taken-over actor can do: each has a probe built in
 * (make PROBE=1) that tries it from inside once the actor is confined and at work.
 * Proves: "From inside each actor (a probe built only for tests): opening /etc/passwd, connecting
 * to PostgreSQL's socket or to a TCP port that its row does not name, execve, ptrace of a sibling
 * and reading another actor's /proc are refused"; "The front cannot open, connect, socket, execve
 * or fork after it is ready".
 * The probe's attempts must come back as an errno: a death would be a refusal too, but then the
 * remaining attempts would go untested.
 * Build: probe
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const net = require('node:net');
const { test, assert, before, after } = require('./tiny');
const h = require('./harness');

const SOCKET = '/tmp/studiod-probe.sock';
const WHAT = ['open_passwd', 'open_own_proc', 'unix_socket', 'tcp_postgres', 'tcp_other', 'execve', 'proc_of_sibling', 'ptrace_sibling', 'memory_of_sibling', 'signal_sibling', 'done'];
/* Errors that are a refusal; ECONNREFUSED, ENOENT or ESRCH would only mean that there was
 * nothing to reach, and prove nothing. */
const REFUSALS = ['EACCES', 'EPERM', 'ENOSYS', 'EAFNOSUPPORT'];
/* What an actor's row names: db's is PostgreSQL's Unix socket. */
const ROWS = { db: ['unix_socket'] };
let t, mailing, server, connected = 0;

before(async () => {
	fs.rmSync(SOCKET, { force: true });
	server = net.createServer((s) => { connected++; s.destroy(); });
	await new Promise((yes) => server.listen(SOCKET, yes));
	fs.chmodSync(SOCKET, 0o777);
	t = await h.start({ env: { HEARTBEAT_INTERVAL: '200ms' } });
	/* with a mail server notifier is on the host's network: no attempt may get further for that */
	mailing = await h.start({ env: { HEARTBEAT_INTERVAL: '200ms', SMTP_URL: `smtp://127.0.0.1:${await h.freePort()}` } });
	await h.until(20, 'the probes of all six actors', () => h.ACTORS.every((a) => results(a).done) && results('notifier', mailing).done);
});
after(() => {
	server.close();
	fs.rmSync(SOCKET, { force: true });
});

function results(actor, tree = t) {
	const o = {};
	for (const l of tree.lines())
		if (l.message === 'probe' && (l['logging.googleapis.com/labels'] || {}).actor === actor)
			o[l.what] = l.result;
	return o;
}

function mustBeRefused(name, got) {
	assert.deepEqual(Object.keys(got).sort(), [...WHAT].sort(), 'every attempt was made');
	const leaks = WHAT.filter((w) => w !== 'done' && !REFUSALS.includes(got[w]) && !(ROWS[name] || []).includes(w));
	assert.deepEqual(leaks.map((w) => `${w}: ${got[w]}`), []);
}

for (const name of h.ACTORS)
	test(`from inside ${name}`, () => mustBeRefused(name, results(name)));

test('from inside notifier where it sends mail', async () => {
	const got = results('notifier', mailing);
	mustBeRefused('notifier', got);
	/* it is the port row that refuses, not the want of a network */
	assert.deepEqual([got.tcp_postgres, got.tcp_other], ['EACCES', 'EACCES']);
	if (h.IS_ROOT)
		assert.equal(fs.readlinkSync(`/proc/${await mailing.pidOf('notifier')}/ns/net`), fs.readlinkSync('/proc/self/ns/net'));
});

test('nobody but db reached the socket that stands for PostgreSQL\'s', () => {
	assert.ok(connected <= 2, `${connected} connections`);	/* one of each tree's db */
});

test('no probe killed or changed an actor, and the tree still works', async () => {
	const s = await t.status();
	for (const a of h.ACTORS)
		assert.equal(s[a].restarts, 0, a);
	const u = await t.user();
	assert.equal((await u.post('/api/media/image', { projectId: await t.project(), prompt: 'probed' })).must(201).status, 'SUCCEEDED');
});
