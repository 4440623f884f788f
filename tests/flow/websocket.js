'use strict';
/* tests/flow/websocket.js - a client of WebSockets by hand (RFC 6455): frames as no library would
 * send them, too.
 * Licence: Apache-2.0. */
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const net = require('node:net');
const tls = require('node:tls');
const { SLOW } = require('./tiny');

const CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/* One frame of a client. */
function frame(opcode, payload, { fin = true, masked = true, rsv = 0 } = {}) {
	const body = Buffer.from(payload);
	const n = body.length, head = Buffer.alloc(n < 126 ? 2 : n < 65536 ? 4 : 10);
	head[0] = (fin ? 0x80 : 0) | rsv << 4 | opcode;
	head[1] = (masked ? 0x80 : 0) | (n < 126 ? n : n < 65536 ? 126 : 127);
	if (n >= 126 && n < 65536)
		head.writeUInt16BE(n, 2);
	else if (n >= 65536)
		head.writeBigUInt64BE(BigInt(n), 2);
	if (!masked)
		return Buffer.concat([head, body]);
	const mask = crypto.randomBytes(4);
	return Buffer.concat([head, mask, body.map((b, i) => b ^ mask[i & 3])]);
}

/* The first complete frame of what came, and its length; null: not yet. */
function parse(b) {
	if (b.length < 2)
		return null;
	let n = b[1] & 127, at = 2;
	if (n === 126) {
		if (b.length < 4)
			return null;
		n = b.readUInt16BE(2);
		at = 4;
	} else if (n === 127) {
		if (b.length < 10)
			return null;
		n = Number(b.readBigUInt64BE(2));
		at = 10;
	}
	assert.equal(b[1] & 128, 0, 'a server does not mask');
	return b.length < at + n ? null : { fin: (b[0] & 128) !== 0, opcode: b[0] & 15, payload: b.subarray(at, at + n), length: at + n };
}

class WebSocket {
	/* Opens one: `url` is ws:// or wss://. { status, headers } are of the answer; with another
	 * status than 101, `body` is what came. */
	static open(url, headers = {}) {
		return new WebSocket().open(url, headers);
	}
	constructor() {
		this.waiting = [];		/* who waits for what comes next */
		this.came = [];			/* texts, and { code, reason } last */
		this.pongs = 0;
		this.over = false;
	}
	open(url, headers) {
		const u = new URL(url), secure = u.protocol === 'wss:';
		const port = Number(u.port || (secure ? 443 : 80));
		const key = crypto.randomBytes(16).toString('base64');
		const lines = { Host: u.host, Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': key, 'Sec-WebSocket-Version': '13', ...headers };
		const head = Object.entries(lines).filter(([, v]) => v !== null).map(([k, v]) => `${k}: ${v}\r\n`).join('');
		this.socket = secure ? tls.connect({ port, host: u.hostname, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }) : net.connect(port, u.hostname);
		this.socket.setNoDelay(true);
		this.socket.write(`GET ${u.pathname}${u.search} HTTP/1.1\r\n${head}\r\n`);
		let got = Buffer.alloc(0);
		return new Promise((yes, no) => {
			this.socket.on('error', (e) => {
				no(e);
				this.end({ code: 1006, reason: e.code });
			});
			this.socket.on('close', () => {
				if (this.status !== 101) {
					this.body = got.toString('utf8');
					yes(this);
				}
				this.end({ code: 1006, reason: '' });
			});
			this.socket.on('data', (d) => {
				got = Buffer.concat([got, d]);
				if (this.status === undefined)
					got = this.readHead(got, key) || got;
				if (this.status === 101) {
					yes(this);
					got = this.readFrames(got);
				} else if (this.status !== undefined && this.headers['content-length'] && got.length >= Number(this.headers['content-length'])) {
					this.socket.end();
				}
			});
		});
	}
	readHead(got, key) {
		const end = got.indexOf('\r\n\r\n');
		if (end < 0)
			return null;
		const [first, ...lines] = got.subarray(0, end).toString('latin1').split('\r\n');
		this.headers = Object.fromEntries(lines.map((l) => [l.slice(0, l.indexOf(':')).toLowerCase(), l.slice(l.indexOf(':') + 1).trim()]));
		this.status = Number(first.split(' ')[1]);
		if (this.status === 101)
			assert.equal(this.headers['sec-websocket-accept'], crypto.createHash('sha1').update(key + GUID).digest('base64'));
		return got.subarray(end + 4);
	}
	readFrames(got) {
		for (let f; (f = parse(got)) !== null; got = got.subarray(f.length)) {
			if (f.opcode === TEXT)
				this.take(f.payload.toString('utf8'));
			else if (f.opcode === PING)
				this.frame(PONG, f.payload);
			else if (f.opcode === PONG)
				this.pongs++;
			else if (f.opcode === CLOSE)
				this.end({ code: f.payload.length >= 2 ? f.payload.readUInt16BE(0) : 1005, reason: f.payload.subarray(2).toString('utf8') });
			else
				this.take({ opcode: f.opcode, bytes: Buffer.from(f.payload) });
		}
		return got;
	}
	take(what) {
		const first = this.waiting.shift();
		if (first)
			first(what);
		else
			this.came.push(what);
	}
	end(how) {
		if (this.over)
			return;
		this.over = true;
		this.closed = how;
		this.take(how);
		this.waiting.splice(0).forEach((w) => w(how));
	}
	frame(opcode, payload = '', options) {
		this.socket.write(frame(opcode, payload, options));
		return this;
	}
	send(text) {
		return this.frame(TEXT, text);
	}
	/* What comes next: a text, or { code, reason }. */
	next(seconds = 10) {
		if (this.came.length > 0)
			return Promise.resolve(this.came.shift());
		if (this.over)
			return Promise.resolve(this.closed);
		return new Promise((yes, no) => {
			const timer = setTimeout(() => no(new Error(`nothing came in ${seconds * SLOW} s`)), seconds * 1000 * SLOW);
			this.waiting.push((what) => {
				clearTimeout(timer);
				yes(what);
			});
		});
	}
	/* How it ended; what comes before that is thrown away. */
	async ended(seconds) {
		for (;;) {
			const what = await this.next(seconds);
			if (typeof what === 'object' && 'code' in what)
				return what;
		}
	}
	close(code = 1000) {
		const b = Buffer.alloc(2);
		b.writeUInt16BE(code);
		return this.frame(CLOSE, b);
	}
	destroy() {
		this.socket.destroy();
	}
}

module.exports = { WebSocket, frame, CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG };
