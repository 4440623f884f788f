'use strict';
/* tests/flow/harness.js - a whole tree of real processes for a test: studiod with its
 * actors, its private PostgreSQL and the emulator, in a directory of its own, on ports of
 * its own, so that many can run beside each other. Everything that knows how studiod and
 * studioctl present themselves is here.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { spawn, spawnSync } = require('node:child_process');
const { assert, SLOW, after, showOnFailure } = require('./tiny');
const { Api, Http2, request1 } = require('./client');

const ROOT = path.resolve(__dirname, '../..');
const BUILD = path.resolve(ROOT, process.env.TEST_BUILD || 'build');
const ACTORS = ['front', 'auth', 'db', 'vertex', 'poller', 'notifier'];
const PROGRAMS = [...ACTORS, 'studiod', 'studioctl', 'google-emulator', 'make-cert'];
const IS_ROOT = process.getuid() === 0;

const sleep = (ms) => new Promise((yes) => setTimeout(yes, ms));

/* Waits until fn answers something true; its last exception is told when it never does. */
async function until(seconds, what, fn, every = 50) {
	const end = Date.now() + seconds * 1000 * SLOW;
	let last;
	for (;;) {
		try {
			const v = await fn();
			if (v)
				return v;
			last = undefined;
		} catch (e) {
			last = e;
		}
		if (Date.now() > end)
			throw new Error(`${what}: not so after ${seconds * SLOW} s${last ? ` (${last.message})` : ''}`);
		await sleep(every);
	}
}

/* ---- ports and directories ---- */

function canBind(port, address) {
	return new Promise((yes) => {
		const s = net.createServer();
		s.once('error', (e) => yes(e.code === 'EAFNOSUPPORT' || e.code === 'EADDRNOTAVAIL'));
		s.listen(port, address, () => s.close(() => yes(true)));
	});
}

/* Below the range that the kernel gives to outgoing connections, and in a share of it that no
 * other file running beside this one takes from (run.js says which): a port that a test means
 * to stay free does so, and none is handed out twice in a row. */
const [SHARE, SHARES] = (process.env.TEST_PORT_SHARE || '0/1').split('/').map(Number);
const SHARE_SIZE = Math.floor(15000 / SHARES);
let nextPort = Math.floor(Math.random() * SHARE_SIZE);

async function freePort() {
	for (;;) {
		const port = 15000 + SHARE * SHARE_SIZE + nextPort++ % SHARE_SIZE;
		if (await canBind(port, '127.0.0.1') && await canBind(port, '::'))
			return port;
	}
}

const temporary = [];

/* Like mkdtemp, but others may pass through: PostgreSQL runs as another user. */
function makeDir(mode = 0o755) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'studiod-test-'));
	fs.chmodSync(dir, mode);
	temporary.push(dir);
	return dir;
}

function removeDirs() {
	while (temporary.length > 0)
		fs.rmSync(temporary.pop(), { recursive: true, force: true, maxRetries: 5 });
}

/* ---- processes, as /proc shows them ---- */

function procStat(pid) {
	try {
		const s = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
		const rest = s.slice(s.lastIndexOf(')') + 2).split(' ');
		return { pid, state: rest[0], ppid: Number(rest[1]), ticks: Number(rest[11]) + Number(rest[12]), start: rest[19] };
	} catch {
		return null;
	}
}

function allPids() {
	return fs.readdirSync('/proc').filter((n) => /^\d+$/.test(n)).map(Number);
}

/* The process and everything below it, each with its start time, so that a pid that was
 * given to another process is not mistaken. */
function family(pid) {
	const all = allPids().map(procStat).filter(Boolean);
	const found = all.filter((p) => p.pid === pid);
	for (let i = 0; i < found.length; i++)
		found.push(...all.filter((p) => p.ppid === found[i].pid));
	return found;
}

function isAlive(p) {
	const now = procStat(p.pid);
	return now !== null && now.state !== 'Z' && (p.start === undefined || now.start === p.start);
}

/* Lines of /proc/PID/status as an object. */
function procStatus(pid) {
	const o = {};
	for (const line of fs.readFileSync(`/proc/${pid}/status`, 'latin1').split('\n')) {
		const at = line.indexOf(':');
		if (at > 0)
			o[line.slice(0, at)] = line.slice(at + 1).trim();
	}
	return o;
}

/* ---- the tree ---- */

const trees = [];

class Tree {
	constructor(options) {
		this.options = options;
		this.out = '';		/* what studiod wrote to stdout since its last start: its log */
		this.err = '';		/* and to stderr */
		this.before = '';	/* what earlier starts of it wrote */
		this.extra = [];	/* connections to close */
	}

	env(more = {}) {
		return {
			PATH: process.env.PATH, HOME: process.env.HOME || '/', LANG: 'C.UTF-8',
			STUDIO_ENV: 'development', LOG_FORMAT: 'json', LOG_LEVEL: 'debug',
			PORT: String(this.port), HTTPS_PORT: String(this.httpsPort), OPS_PORT: String(this.opsPort), STATE_DIR: this.dir,
			ADMIN_EMAIL: 'admin@studio.test', ADMIN_PASSWORD: 'Test-Password-1',
			RATE_LIMIT_AUTH: '0', RATE_LIMIT_API: '0', RATE_LIMIT_GENERATE: '0',
			POLL_INTERVAL: '1s', JOB_BACKOFF: '300ms',
			EMULATOR_FLAGS: '--video-seconds 2 --image-scale 0.25 --video-scale 0.25 --fsync 0',
			...(process.env.ASAN_OPTIONS ? { ASAN_OPTIONS: process.env.ASAN_OPTIONS } : {}),
			...(process.env.UBSAN_OPTIONS ? { UBSAN_OPTIONS: process.env.UBSAN_OPTIONS } : {}),
			...this.options.env, ...more,
		};
	}

	/* Starts studiod and waits for `ready` (or for the end, with wait: 'exit'). */
	async start({ wait = 'ready', limit = 60 } = {}) {
		const o = this.options;
		this.root = this.root || o.root || makeDir();
		this.dir = o.dir || path.join(this.root, 'state');
		this.port = this.port || o.port || await freePort();
		this.httpsPort = this.httpsPort || o.httpsPort || await freePort();
		this.opsPort = this.opsPort || o.opsPort || await freePort();
		this.before += this.out + this.err;
		this.out = '';
		this.err = '';
		const bin = path.join(o.build || BUILD, 'studiod');
		const [cmd, ...args] = o.command || [bin, ...(o.args || [])];
		this.startedAt = Date.now();
		this.child = spawn(cmd, args, { env: this.env(), cwd: o.cwd || ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
		this.child.on('error', (e) => { this.err += `cannot start ${cmd}: ${e.message}\n`; this.exit = { code: 127 }; });
		this.exit = null;
		this.ended = new Promise((yes) => this.child.on('exit', (code, signal) => {
			this.exit = { code, signal, at: Date.now() };
			yes(this.exit);
		}));
		this.child.stdout.on('data', (d) => {
			this.out += d;
			if (!this.readyAt && /^ready$|"message":"tree_ready"/m.test(this.out))
				this.readyAt = Date.now();
		});
		this.child.stderr.on('data', (d) => { this.err += d; });
		this.readyAt = 0;
		this.stopped = false;
		if (wait === 'ready') {
			await until(limit, 'ready', () => {
				if (this.exit)
					return true;
				return this.readyAt;
			}, 5);
			if (this.exit)
				throw new Error(`studiod ended (${this.exit.code ?? this.exit.signal}) before it was ready:\n${this.tail(30)}`);
		} else if (wait === 'exit') {
			await until(limit, 'studiod ends by itself', () => this.exit);
			await sleep(50);	/* the pipes' last bytes */
		}
		return this;
	}

	get pid() {
		return this.child.pid;
	}
	get base() {
		return `http://127.0.0.1:${this.port}`;
	}
	get secure() {
		return `https://127.0.0.1:${this.httpsPort}`;
	}
	get api() {
		return new Api(this.base);
	}
	/* The API over TLS and HTTP/2. */
	api2() {
		const c = new Http2(this.secure);
		this.extra.push(c);
		return new Api(c);
	}
	ops(p) {
		return request1(`http://127.0.0.1:${this.opsPort}${p}`);
	}

	/* SIGTERM (or another), then waits; returns the milliseconds that it took. */
	async stop(signal = 'SIGTERM', limit = 10) {
		this.stopped = true;
		if (!this.child || this.exit)
			return 0;
		for (const c of this.extra.splice(0))
			c.close();
		const began = Date.now();
		const members = family(this.pid);
		this.child.kill(signal);
		try {
			await until(limit, 'studiod ends', () => this.exit, 20);
		} catch (e) {
			this.slay(members);
			throw e;
		}
		this.left = members.filter(isAlive);
		return this.exit.at - began;
	}

	/* Ends what is left of a tree, whatever state it is in. */
	slay(members = family(this.pid)) {
		for (const p of members.filter(isAlive)) {
			try {
				process.kill(p.pid, 'SIGKILL');
			} catch { /* gone meanwhile */ }
		}
	}

	/* ---- studioctl ---- */

	ctl(...args) {
		return this.ctlWith({}, ...args);
	}
	ctlWith({ prefix = [], bin = path.join(this.options.build || BUILD, 'studioctl'), input }, ...args) {
		const [cmd, ...rest] = [...prefix, bin, ...args];
		const r = spawnSync(cmd, rest, { env: this.env(), cwd: ROOT, encoding: 'utf8', timeout: 15000 * SLOW, input });
		return { code: r.status, signal: r.signal, stdout: r.stdout || '', stderr: r.stderr || (r.error ? r.error.message : '') };
	}

	/* Without blocking this process' own requests. */
	ctlLater(...args) {
		return new Promise((yes) => {
			const c = spawn(path.join(this.options.build || BUILD, 'studioctl'), args, { env: this.env(), cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
			let stdout = '', stderr = '';
			c.stdout.on('data', (d) => { stdout += d; });
			c.stderr.on('data', (d) => { stderr += d; });
			c.on('close', (code) => yes({ code, stdout, stderr }));
			c.on('error', (e) => yes({ code: 127, stdout, stderr: e.message }));
		});
	}

	/* { name: { pid, user, state, restarts, cause, … } } */
	async status() {
		const r = await this.ctlLater('status', '--json');
		assert.equal(r.code, 0, `studioctl status --json: ${r.stderr}${r.stdout}`);
		const j = JSON.parse(r.stdout);
		const byName = {};
		for (const s of Array.isArray(j) ? j : j.services || j.processes)
			byName[s.name || s.service] = s;
		return byName;
	}
	async pids() {
		const s = await this.status();
		return Object.fromEntries(Object.entries(s).map(([k, v]) => [k, v.pid]));
	}
	async pidOf(name) {
		const s = (await this.status())[name];
		assert.ok(s && s.pid > 0, `${name} has no process`);
		return s.pid;
	}
	isUp(s) {
		return s && s.pid > 0 && /^(up|ready|running)$/.test(s.state);
	}
	/* Waits until a service is up under another pid than before; returns its status. */
	replaced(name, oldPid, seconds = 10) {
		return until(seconds, `${name} is back`, async () => {
			const s = (await this.status())[name];
			return this.isUp(s) && s.pid !== oldPid ? s : null;
		}, 20);
	}
	allUp(seconds = 15) {
		return until(seconds, 'every actor is up', async () => {
			const s = await this.status();
			return ACTORS.every((a) => this.isUp(s[a]));
		});
	}

	/* ---- logs ---- */

	/* The log as objects; a line that is no JSON is { text }. */
	lines() {
		return this.out.split('\n').filter(Boolean).map((text) => {
			try {
				return { text, ...JSON.parse(text) };
			} catch {
				return { text };
			}
		});
	}
	get everything() {
		return this.before + this.out + this.err;
	}
	linesWith(part) {
		return this.lines().filter((l) => l.text.includes(part));
	}
	waitLog(seconds, what, match) {
		return until(seconds, `a log line ${what}`, () => this.lines().find(match));
	}
	/* The end of the log for a reader. */
	tail(n = 40) {
		const short = (l) => {
			const { text, severity, time, message, 'logging.googleapis.com/labels': labels, 'logging.googleapis.com/trace': trace, ...rest } = l;
			return (message === undefined ? text : `${time.slice(11, 23)} ${severity[0]} ${labels.actor} ${message} ${JSON.stringify(rest)}`).slice(0, 400);
		};
		return [...this.lines().slice(-n).map(short), ...this.err.split('\n').filter(Boolean).slice(-n)].join('\n');
	}

	/* ---- people and projects ---- */

	async admin(api = this.api) {
		const r = await api.post('/api/auth/login', { email: 'admin@studio.test', password: this.env().ADMIN_PASSWORD });
		return api.as(r.must(200).access_token);
	}
	/* A new user: its API handle, with .me (the AuthResponse), .email and .password. */
	async user(api = this.api) {
		const email = `u${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}@studio.test`;
		const password = 'Harness-Horse-9';	/* nowhere else: 038 looks for it in memory */
		const r = await api.post('/api/auth/register', { email, password, firstName: 'Ada', lastName: 'Lovelace' });
		const me = r.must(201);
		return Object.assign(api.as(me.access_token), { me, email, password });
	}
	/* The tokens that were mailed to an address, oldest first: mails of the development profile are files. */
	mailTokens(email) {
		const dir = path.join(this.dir, 'mail');
		const text = (m) => m.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, x) => String.fromCharCode(parseInt(x, 16)));
		return fs.readdirSync(dir).sort().map((f) => fs.readFileSync(path.join(dir, f), 'latin1'))
			.filter((m) => m.includes(email)).map((m) => text(m).match(/[?&]token=([\w-]{43})/)[1]);
	}
	/* The id of a project that all tests of this tree share. */
	async project() {
		if (!this.projectId)
			this.projectId = (await (await this.admin()).post('/api/projects', { name: 'Test project' })).must(201).id;
		return this.projectId;
	}
	/* Waits for a generation's final state. */
	final(api, id, seconds = 30) {
		return until(seconds, `generation ${id} is final`, async () => {
			const m = (await api.get(`/api/media/${id}`)).must(200);
			return m.status === 'SUCCEEDED' || m.status === 'FAILED' ? m : null;
		}, 100);
	}

	/* ---- the emulator ---- */

	get emulator() {
		if (!this.emulatorUrl)
			this.emulatorUrl = (this.out.match(/listening on (http:\/\/127\.0\.0\.1:\d+)/) || [])[1];
		assert.ok(this.emulatorUrl, `the log does not name the emulator's address:\n${this.tail()}`);
		return new Api(this.emulatorUrl);
	}
	async fault(match, fault, { times = 1, skip = 0 } = {}) {
		(await this.emulator.post('/emulator/faults', { match, fault, times, skip })).must(200);
	}
	async ledger(query = '') {
		return (await this.emulator.get(`/emulator/ledger${query}`)).must(200);
	}
	async settings(values) {
		(await this.emulator.post('/emulator/settings', values)).must(200);
	}
}

/* A tree that is ready; it ends with the file. */
async function start(options = {}, how = {}) {
	const t = new Tree(options);
	trees.push(t);
	for (let tries = 0; ; tries++) {
		try {
			return await t.start(how);
		} catch (e) {	/* somebody was faster than we with a port that was free */
			if (tries === 3 || !/^studiod: \w*PORT: .*in use/m.test(t.err))
				throw e;
			t.port = t.httpsPort = t.opsPort = 0;
		}
	}
}

showOnFailure(() => trees.filter((t) => !t.stopped).map((t) => t.tail(20)).join('\n---\n'));
after(async () => {
	const problems = [];
	for (const t of trees) {
		try {
			await t.stop();
			if (t.left && t.left.length > 0)
				problems.push(`left behind: ${t.left.map((p) => p.pid)}`);
		} catch (e) {
			problems.push(e.message);
		}
		problems.push(...t.everything.split('\n').filter((l) => /Sanitizer|runtime error:/.test(l)).slice(0, 20));
	}
	removeDirs();
	assert.deepEqual(problems, []);
});

/* A runner that is stopped from outside leaves no tree behind either. */
for (const s of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.on(s, () => {
		for (const t of trees)
			if (t.child && !t.exit)
				t.slay();
		removeDirs();
		process.exit(130);
	});

module.exports = {
	start, Tree, ROOT, BUILD, ACTORS, PROGRAMS, IS_ROOT, sleep, until, freePort, makeDir, family, isAlive, allPids, procStatus, procStat,
};
