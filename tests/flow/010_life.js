'use strict';
/* tests/flow/010_life.js - start, ready, stop, and that nothing is left behind.
 * Proves (issue 2, What must run): "starts the development profile in the foreground, prints …
 * the addresses, the admin's e-mail and password, and `ready`"; "Ctrl-C or SIGTERM ends
 * everything within 5 s, leaving no process"; "A second start keeps its data"; "honours PORT,
 * HTTPS_PORT, OPS_PORT, STATE_DIR, ADMIN_EMAIL, ADMIN_PASSWORD"; "several can run beside each
 * other"; "It also runs a private PostgreSQL (Unix socket only, under STATE_DIR, not as
 * root)"; "a certificate made at first start"; "Idle memory of the six actors and supervisor
 * together under 60 MB; start of the tree to `ready` (database already initialised) under 1 s".
 * Runs: alone
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const path = require('node:path');
const tls = require('node:tls');
const { test, assert, before, SLOW } = require('./tiny');
const h = require('./harness');

let t;

before(async () => { t = await h.start({ env: { LOG_FORMAT: 'text' } }); });

/* Waits until SIGINT to the whole group, as a terminal sends it, has ended all; ms. */
async function ctrlC(tree) {
	const members = h.family(tree.pid);
	assert.ok(members.length >= 9, `studiod, six actors, PostgreSQL and the emulator: ${members.length}`);
	const began = Date.now();
	process.kill(-tree.pid, 'SIGINT');
	await h.until(8, 'studiod ends', () => tree.exit, 10);
	const left = members.filter(h.isAlive);
	assert.deepEqual(left, [], 'processes left behind');
	return tree.exit.at - began;
}

test('tells the addresses, the admin and ready', () => {
	assert.ok(t.out.includes(`:${t.port}`), t.out);
	assert.ok(t.out.includes(`:${t.httpsPort}`), t.out);
	assert.ok(t.out.includes('admin@studio.test'), t.out);
	assert.ok(t.out.includes('Test-Password-1'), t.out);
	assert.match(t.out, /^ready$/m);
});

test('answers on HTTP, HTTPS and the ops port', async () => {
	assert.equal((await t.api.get('/healthz')).must(200).status, 'ok');
	assert.equal((await t.api2().get('/healthz')).must(200).status, 'ok');
	assert.equal((await t.ops('/metrics')).status, 200);
});

test('the certificate is for this host, TLS 1.2 at least', async () => {
	const peer = (options) => new Promise((yes, no) => {
		const s = tls.connect({ port: t.httpsPort, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
			yes({ cert: s.getPeerCertificate(), version: s.getProtocol() });
			s.destroy();
		}).on('error', no);
	});
	const { cert, version } = await peer();
	assert.equal(version, 'TLSv1.3');
	assert.match(cert.subjectaltname, /DNS:localhost/);
	assert.match(cert.subjectaltname, /IP Address:127\.0\.0\.1/);
	assert.ok(Date.parse(cert.valid_to) > Date.now() + 30 * 86400e3);
	assert.equal((await peer({ maxVersion: 'TLSv1.2' })).version, 'TLSv1.2');
	await assert.rejects(peer({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }));
});

test('idle, the six actors and the supervisor take less than 60 MB together', async () => {
	if (!/build$/.test(h.BUILD))
		return;		/* a sanitizer's memory is not ours */
	await h.until(5, 'less than 60 MB', async () => {	/* hashing the admin's password took some for a moment */
		const s = await t.status();
		const kib = ['studiod', ...h.ACTORS].reduce((n, name) => n + s[name].rssKiB, 0);
		if (kib < 1000 || kib > 60 * 1024)
			throw new Error(`${kib} KiB`);
		return true;
	});
});

/* Of 200 clock ticks that a busy loop would take in that time; PostgreSQL's processes count too. */
test('idle, it takes next to no processor time', async () => {
	const ticks = () => h.family(t.pid).reduce((n, p) => n + p.ticks, 0);
	await h.until(10, 'less than 10 ticks in 2 s', async () => {	/* the start may not be over yet */
		const was = ticks();
		await h.sleep(2000);
		const took = ticks() - was;
		if (took >= 10)
			throw new Error(`${took} ticks`);
		return true;
	});
});

test('PostgreSQL listens on no TCP port and runs as no root', async () => {
	const pid = await t.pidOf('postgres');
	const uid = h.procStatus(pid).Uid.split(/\s+/)[0];
	assert.notEqual(uid, '0');
	const inodes = fs.readdirSync(`/proc/${pid}/fd`).map((fd) => {
		try {
			return fs.readlinkSync(`/proc/${pid}/fd/${fd}`);
		} catch {
			return '';
		}
	}).filter((l) => l.startsWith('socket:')).map((l) => l.slice(8, -1));
	for (const table of ['tcp', 'tcp6'])
		for (const line of fs.readFileSync(`/proc/net/${table}`, 'latin1').split('\n').slice(1)) {
			const f = line.trim().split(/\s+/);
			assert.ok(!(f[3] === '0A' && inodes.includes(f[9])), `PostgreSQL listens on ${f[1]}`);
		}
	const data = fs.statSync(`/proc/${pid}/cwd`).ino;	/* it may see the directory by another name */
	const below = (dir) => [dir, ...fs.readdirSync(dir, { withFileTypes: true }).filter((e) => e.isDirectory()).flatMap((e) => below(path.join(dir, e.name)))];
	assert.ok(below(t.dir).some((d) => fs.statSync(d).ino === data), 'its data lies under STATE_DIR');
});

test('a second tree runs beside the first', async () => {
	const other = await h.start();
	await other.admin();
	await t.admin();
	assert.ok(await other.stop() < 5000 * SLOW);
	assert.deepEqual(other.left, []);
	await t.admin();
});

test('SIGTERM ends everything within 5 s and the next start keeps its data', async () => {
	const user = await t.user();
	const project = await t.project();
	const done = (await user.post('/api/media/image', { projectId: project, prompt: 'kept over a restart' })).must(201);
	const took = await t.stop('SIGTERM');
	assert.ok(took < 5000, `${took} ms`);
	assert.deepEqual(t.left, [], 'processes left behind');
	assert.equal(t.exit.code, 0);

	await t.start();
	const again = (await t.api.post('/api/auth/login', { email: user.email, password: user.password })).must(200);
	assert.equal(again.userId, user.me.userId);
	const kept = (await t.api.as(again.access_token).get(`/api/media/${done.id}`)).must(200);
	assert.equal(kept.status, 'SUCCEEDED');
	assert.equal(kept.results.length, done.results.length);
	(await t.api.as(user.me.access_token).get('/api/users/profile')).must(200);	/* and its keys */
	const bytes = await require('./client').request1(kept.results[0].resultUrl);
	assert.equal(bytes.status, 200);
	await t.admin();
}, { limit: 60 });

test('starts to ready within 1 s when its database is there', async () => {
	let best = Infinity;
	for (let i = 0; i < 3 && best >= 1000; i++) {	/* another's work may slow down one start */
		await t.stop();
		await t.start();
		best = Math.min(best, t.readyAt - t.startedAt);
	}
	assert.ok(best < 1000 * SLOW, `${best} ms`);
}, { limit: 60 });

test('Ctrl-C ends everything within 5 s, also amid work', async () => {
	const user = await t.user();
	const project = await t.project();
	await t.settings({ image_ms: 20000 });
	const pending = Array.from({ length: 5 }, (_, i) => user.post('/api/media/image', { projectId: project, prompt: `cut ${i}` }).catch((e) => e));
	await h.sleep(500);
	assert.ok(await ctrlC(t) < 5000);
	await Promise.all(pending);
	await t.start();
});

test('ends everything when studiod itself is killed', async () => {
	const members = h.family(t.pid);
	process.kill(t.pid, 'SIGKILL');
	await h.until(5, 'its processes end', () => !members.some(h.isAlive));
	await t.start();	/* and what it left is no obstacle */
	await t.admin();
}, { limit: 60 });

test('runs from a directory that only its owner may enter', async () => {
	const closed = h.makeDir(0o700);
	const bin = path.join(closed, 'build');
	fs.mkdirSync(bin);
	for (const name of h.PROGRAMS)
		fs.copyFileSync(path.join(h.BUILD, name), path.join(bin, name));
	const other = await h.start({ build: bin, root: closed, cwd: closed, command: [path.join(bin, 'studiod')] });
	await other.admin();
	await other.stop();
	assert.deepEqual(other.left, []);
}, { limit: 60 });

test('`make run` does all of it', async () => {
	if (!/build$/.test(h.BUILD))
		return;		/* the normal build is what it runs */
	const run = new h.Tree({ command: ['make', '--no-print-directory', 'run'] });
	try {
		await run.start({ limit: 120 });
		await run.admin();
		assert.ok(await ctrlC(run) < 5000);
	} finally {
		if (run.child && !run.exit)
			run.slay();
	}
}, { limit: 150 });
