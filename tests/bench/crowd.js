'use strict';
/* tests/bench/crowd.js - many who listen: how long an event takes from the transaction that makes it
 * to the client, and what an idle connection costs.
 *     crowd.js BASE CONTROL_SOCKET LISTENERS IDLE JOBS     prints one JSON object
 * Needs the tree's JWT_SECRET and, for psql, PGHOST, PGUSER and PGPASSWORD: accounts and sessions
 * are written into its database, since logging a thousand people in is a bench of argon2.
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');
const http = require('node:http');
const net = require('node:net');
const { execFileSync } = require('node:child_process');

const [base, control, listeners, idle, jobs] = process.argv.slice(2).map((a, i) => (i < 2 ? a : Number(a)));
const { hostname, port } = new URL(base);
const sleep = (ms) => new Promise((yes) => setTimeout(yes, ms));
const sql = (text) => execFileSync('psql', ['-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'studio'], { input: text, encoding: 'utf8', maxBuffer: 1 << 28 })
	.split('\n').filter(Boolean).map((l) => l.split('|'));

/* n accounts, each with a session and an access token for it. */
function people(n) {
	const rows = sql(`
		create temporary table made as select studio.uuid_v7() as "user", studio.uuid_v7() as session, 'bench' || g || '-' || extract(epoch from now()) || '@studio.local' as email
			from generate_series(1, ${n}) g;
		insert into studio.users (id, email, first_name, last_name) select "user", email, 'Bench', 'Listener' from made;
		insert into studio_auth.sessions (id, user_id, refresh_hash, address, device, expires_at)
			select session, "user", sha256(session::text::bytea), '127.0.0.1', 'bench', now() + interval '1 day' from made;
		select "user", session, email from made;`);
	const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
	const now = Math.floor(Date.now() / 1000);
	return rows.map(([user, session, email]) => {
		const text = `${HEAD}.${part({ ...TOKEN, sub: user, sid: session, email, role: 'USER', iat: now, exp: now + 3600, jti: crypto.randomUUID() })}`;
		return { user, token: `${text}.${crypto.createHmac('sha256', process.env.JWT_SECRET).update(text).digest('base64url')}` };
	});
}
/* What every access token says of itself, from one that was issued: its head names the key. */
const HEAD = process.env.TOKEN.split('.')[0];
const TOKEN = (({ typ, iss, aud }) => ({ typ, iss, aud }))(JSON.parse(Buffer.from(process.env.TOKEN.split('.')[1], 'base64url')));

/* A Socket.IO client on a WebSocket of a few lines: frames of text, nothing else. */
function listen(who, k, onEvent) {
	return new Promise((yes, no) => {
		/* one address may hold only so many connections */
		const s = net.connect({ host: hostname, port, localAddress: `127.0.0.${1 + k % 200}` });
		let at = Buffer.alloc(0), open = false;
		const say = (text) => {
			const body = Buffer.from(text), mask = crypto.randomBytes(4);
			const head = body.length < 126 ? Buffer.from([0x81, 0x80 | body.length]) : Buffer.from([0x81, 0xfe, body.length >> 8, body.length & 255]);
			s.write(Buffer.concat([head, mask, body.map((b, i) => b ^ mask[i % 4])]));
		};
		const hear = (text) => {
			if (text[0] === '0')
				say(`40${JSON.stringify({ token: who.token })}`);
			else if (text[0] === '2')
				say('3');
			else if (text.startsWith('40'))
				yes(s);
			else if (text.startsWith('44'))
				no(new Error(text));
			else if (text.startsWith('42["media-generation-update"'))
				onEvent(who, JSON.parse(text.slice(2))[1]);
		};
		s.on('connect', () => s.write('GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
			`Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${crypto.randomBytes(16).toString('base64')}\r\n\r\n`));
		s.on('data', (d) => {
			at = at.length > 0 ? Buffer.concat([at, d]) : d;
			if (!open) {
				const end = at.indexOf('\r\n\r\n');
				if (end < 0)
					return;
				if (!/^HTTP\/1.1 101/.test(at))
					return no(new Error(at.toString('latin1', 0, end)));
				open = true;
				at = at.subarray(end + 4);
			}
			while (at.length >= 2) {
				let n = at[1] & 127, head = 2;
				if (n === 126) {
					if (at.length < 4)
						return;
					n = at.readUInt16BE(2);
					head = 4;
				}
				if (at.length < head + n)
					return;
				const text = (at[0] & 15) === 1 ? at.toString('utf8', head, head + n) : '';
				at = at.subarray(head + n);
				if (text !== '')
					hear(text);
			}
		});
		s.on('error', no);
		s.on('close', () => no(new Error('closed')));
	});
}

/* `width` of `n` at a time. */
async function each(n, width, fn) {
	let next = 0;
	await Promise.all(Array.from({ length: width }, async () => {
		while (next < n)
			await fn(next++);
	}));
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
function post(path, token, body, headers = {}) {
	return new Promise((yes, no) => {
		const rq = http.request(base + path, { method: 'POST', agent, headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}`, ...headers } }, (rs) => {
			let text = '';
			rs.on('data', (d) => { text += d; });
			rs.on('end', () => (rs.statusCode < 300 ? yes(JSON.parse(text)) : no(new Error(`${path}: ${rs.statusCode} ${text}`))));
		});
		rq.on('error', no);
		rq.end(JSON.stringify(body));
	});
}

function memory() {
	const report = JSON.parse(execFileSync('build/studioctl', ['--socket', control, '--json', 'status'], { encoding: 'utf8' }));
	const all = report.processes.filter((p) => !/postgres|emulator/.test(p.name));
	return { all: all.reduce((n, p) => n + p.pssKiB, 0), front: all.filter((p) => p.name === 'front').reduce((n, p) => n + p.pssKiB, 0) };
}

/* Events of `jobs` generations to `crowd`, each with a listener: [milliseconds from the beginning of
 * the transaction that made it]. */
async function latencies(project, crowd) {
	const got = [];
	const sockets = [];
	await each(crowd.length, 32, async (k) => { sockets[k] = await listen(crowd[k], k, (who, e) => got.push([who.user, e.eventId, Date.now(), e.status])); });
	await each(jobs, 8, (k) => post('/api/media/audio', crowd[k * 7 % crowd.length].token, { projectId: project, prompt: `e${k}`, audioEncoding: 'linear16', audioSampleRate: 8000 }, { Prefer: 'respond-async' }));
	for (let i = 0; i < 600 && got.filter((g) => g[3] === 'SUCCEEDED').length < jobs; i++)
		await sleep(100);
	const made = new Map(sql('select user_id, seq, extract(epoch from created_at) * 1000 from studio.events').map(([u, n, ms]) => [`${u} ${n}`, Number(ms)]));
	sockets.forEach((s) => s.destroy());
	return got.filter((g) => g[3] === 'SUCCEEDED').map(([u, n, at]) => at - made.get(`${u} ${n}`)).sort((a, b) => a - b);
}

/* Jobs per second from the first request to the last end, and of that the taking alone. */
async function rate(project, crowd) {
	const began = Date.now();
	await each(jobs, 32, (k) => post('/api/media/audio', crowd[k % crowd.length].token, { projectId: project, prompt: `r${k}`, audioEncoding: 'linear16', audioSampleRate: 8000 }, { Prefer: 'respond-async' }));
	const taken = Date.now();
	while (Number(sql("select count(*) from studio.jobs where finished_at is null")[0][0]) > 0)
		await sleep(20);
	return { submit: jobs * 1000 / (taken - began), done: jobs * 1000 / (Date.now() - began) };
}

(async () => {
	const crowd = people(listeners);
	const { id: project } = await post('/api/projects', process.env.TOKEN, { name: 'bench' });
	const r = await rate(project, crowd);
	const ms = await latencies(project, crowd);
	await sleep(500);
	const before = memory();
	const sockets = [];
	await each(idle, 32, async (k) => { sockets[k] = await listen(crowd[k % crowd.length], k, () => {}); });
	await sleep(1000);
	const then = memory();
	console.log(JSON.stringify({ submitted: r.submit, done: r.done, events: ms.length, p50: ms[ms.length >> 1], p99: ms[Math.floor(ms.length * 0.99)],
		idle: sockets.length, front_kib: (then.front - before.front) / idle, all_kib: (then.all - before.all) / idle }));
	process.exit(0);
})().catch((e) => {
	console.error(`crowd: ${e.message}`);
	process.exit(1);
});
