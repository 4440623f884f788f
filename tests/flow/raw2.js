'use strict';
/* tests/flow/raw2.js - HTTP/2 by hand: frames as no library would send them.
 * Licence: Apache-2.0. */
const tls = require('node:tls');

const DATA = 0, HEADERS = 1, PRIORITY = 2, RESET = 3, SETTINGS = 4, PUSH = 5, PING = 6, GOAWAY = 7, WINDOW = 8, CONTINUATION = 9;
const END_STREAM = 1, END_HEADERS = 4;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

function frame(type, flags, stream, payload = Buffer.alloc(0)) {
	const head = Buffer.alloc(9);
	head.writeUIntBE(payload.length, 0, 3);
	head[3] = type;
	head[4] = flags;
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, payload]);
}

const u32 = (n) => {
	const b = Buffer.alloc(4);
	b.writeUInt32BE(n);
	return b;
};

/* HPACK without indexing and without Huffman; `first` is the representation's first byte. */
function number(n, bits, first = 0) {
	const most = (1 << bits) - 1, out = [first | Math.min(n, most)];
	if (n >= most)
		for (n -= most; ; n >>= 7) {
			out.push(n >= 128 ? n & 127 | 128 : n);
			if (n < 128)
				break;
		}
	return Buffer.from(out);
}
const text = (s) => {
	const b = Buffer.from(s, 'latin1');
	return Buffer.concat([number(b.length, 7), b]);
};
const field = (name, value, first = 0) => Buffer.concat([Buffer.from([first]), text(name), text(value)]);
const fields = (list) => Buffer.concat(list.map(([name, value]) => field(name, value)));

/* A request's head; `more` are [name, value]. */
const head = (method, path, more = []) => fields([[':method', method], [':scheme', 'https'], [':authority', 'localhost'], [':path', path], ...more]);

/* A connection that was opened, with its preface sent. Frames that come are kept, but for the
 * contents of DATA; `gone` resolves when it is closed. */
class Raw2 {
	static open(port, settings = Buffer.alloc(0)) {
		const c = new Raw2();
		c.frames = [];
		c.held = Buffer.alloc(0);
		c.s = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] });
		c.s.on('error', () => {});
		c.gone = new Promise((yes) => c.s.once('close', () => { c.closed = true; yes(); }));
		c.s.on('data', (d) => c.take(d));
		c.s.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0, settings)]));
		return new Promise((yes) => { c.s.once('secureConnect', () => yes(c)); c.gone.then(() => yes(c)); });
	}
	take(d) {
		this.held = Buffer.concat([this.held, d]);
		while (this.held.length >= 9) {
			const n = this.held.readUIntBE(0, 3);
			if (this.held.length < 9 + n)
				return;
			const f = { type: this.held[3], flags: this.held[4], stream: this.held.readUInt32BE(5), payload: this.held.subarray(9, 9 + n) };
			this.held = this.held.subarray(9 + n);
			this.frames.push(f);
			if (this.onFrame)
				this.onFrame(f);
		}
	}
	send(...frames) {
		if (!this.closed)
			this.s.write(Buffer.concat(frames));
		return this;
	}
	/* The error of the last GOAWAY; undefined without one. */
	get goaway() {
		const f = this.frames.filter((x) => x.type === GOAWAY).pop();
		return f && f.payload.readUInt32BE(4);
	}
	/* The error of the reset of a stream. */
	reset(stream) {
		const f = this.frames.find((x) => x.type === RESET && x.stream === stream);
		return f && f.payload.readUInt32BE(0);
	}
	/* The body of a stream's answer, once it is whole. */
	body(stream) {
		const data = this.frames.filter((x) => x.type === DATA && x.stream === stream);
		return data.some((x) => x.flags & END_STREAM) ? Buffer.concat(data.map((x) => x.payload)).toString('utf8') : undefined;
	}
	end() {
		this.s.destroy();
	}
}

module.exports = { Raw2, frame, u32, number, text, field, fields, head, PREFACE, DATA, HEADERS, PRIORITY, RESET, SETTINGS, PUSH, PING, GOAWAY, WINDOW,
	CONTINUATION, END_STREAM, END_HEADERS };
