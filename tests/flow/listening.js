'use strict';
/* tests/flow/listening.js - clients that listen to a user's events and write down what they got:
 * Server-Sent Events as a browser's EventSource does them, and the stock socket.io-client. All come
 * back by themselves, and say where they were.
 * Licence: Apache-2.0. */
const http = require('node:http');
const { npm } = require('./answers');
const h = require('./harness');

/* What every listener writes down. `log`: the events in the order in which they came. */
class Listener {
	constructor(base, token) {
		this.base = base;
		this.token = token;
		this.log = [];
		this.resyncs = [];
		this.connects = 0;
		this.recovered = 0;
		this.over = false;
	}
	take(event) {
		this.log.push(event);
		if (this.onEvent)
			this.onEvent(event);
	}
	get last() {
		return this.log.length > 0 ? this.log[this.log.length - 1].eventId : 0;
	}
	/* What is wrong with the order of its events, from `first` to `last`; null: nothing. */
	wrong(first, last) {
		for (let i = 0; i < this.log.length; i++)
			if (this.log[i].eventId !== first + i)
				return `${this.kind}: event ${this.log[i].eventId} stands where ${first + i} belongs`;
		if (this.resyncs.length > 0)
			return `${this.kind}: was told to resync at ${this.resyncs}`;
		return this.last === last ? null : `${this.kind}: ends with event ${this.last}, not ${last} (${this.connects} connections)`;
	}
}

/* An EventSource: the id of the last event that it saw goes with each connection. */
class Sse extends Listener {
	constructor(base, token, { after } = {}) {
		super(base, token);
		this.kind = 'sse';
		this.lastId = after === undefined ? '' : String(after);
		this.open();
	}
	open() {
		if (this.over)
			return;
		const headers = { Authorization: `Bearer ${this.token}`, Accept: 'text/event-stream', ...(this.lastId === '' ? {} : { 'Last-Event-ID': this.lastId }) };
		const again = () => {
			if (!this.over && this.rq === rq && !this.timer)
				this.timer = setTimeout(() => { this.timer = null; this.open(); }, 100 + Math.random() * 200);
		};
		const rq = http.get(`${this.base}/api/events`, { headers, agent: false }, (rs) => {
			let text = '';
			this.status = rs.statusCode;
			rs.setEncoding('utf8');
			rs.on('error', () => {});
			rs.on('close', again);
			if (rs.statusCode !== 200)
				return void rs.resume();
			this.connects++;
			rs.on('data', (d) => {
				text += d;
				for (let at; (at = text.indexOf('\n\n')) >= 0; text = text.slice(at + 2))
					this.frame(text.slice(0, at));
			});
		});
		this.rq = rq;
		rq.on('error', again);
	}
	frame(text) {
		const f = { event: 'message', data: [] };
		for (const line of text.split('\n')) {
			const m = line.match(/^(event|data|id): ?(.*)$/);
			if (m && m[1] === 'data')
				f.data.push(m[2]);
			else if (m)
				f[m[1]] = m[2];
		}
		if (f.id !== undefined)
			this.lastId = f.id;
		if (f.event === 'media-generation-update')
			this.take(JSON.parse(f.data.join('\n')));
		else if (f.event === 'resync')
			this.resyncs.push(JSON.parse(f.data.join('\n')).eventId);
		else if (f.event === 'end')
			this.ended = JSON.parse(f.data.join('\n'));
	}
	/* The network breaks; it comes back. */
	cut() {
		this.rq.destroy();
	}
	close() {
		this.over = true;
		clearTimeout(this.timer);
		this.rq.destroy();
	}
}

/* The stock client. transports: its own default, or as given. */
class Sio extends Listener {
	constructor(base, token, { transports, after } = {}) {
		super(base, token);
		this.kind = `socket.io ${transports || 'by default'}`;
		const { io } = npm('socket.io-client');
		this.io = io(base, { auth: { token, ...(after === undefined ? {} : { lastEventId: after }) }, forceNew: true, reconnectionDelay: 100, reconnectionDelayMax: 500,
			...(transports ? { transports } : {}) });
		this.io.on('connect', () => {
			this.connects++;
			this.recovered += this.io.recovered;
		});
		this.io.on('connect_error', (e) => { this.error = e.message; });
		this.io.on('disconnect', (why) => { this.why = why; });
		this.io.on('media-generation-update', (e) => this.take(e));
		this.io.on('resync', (e) => this.resyncs.push(e.eventId));
	}
	cut() {
		if (this.io.io.engine)
			this.io.io.engine.close();
	}
	close() {
		this.over = true;
		this.io.close();
	}
}

/* A crowd of n, of every kind in turn, each connected. */
async function crowd(bases, tokens, n, options = {}) {
	const kinds = [
		(b, t) => new Sio(b, t, options), (b, t) => new Sse(b, t, options), (b, t) => new Sio(b, t, { ...options, transports: ['websocket'] }),
		(b, t) => new Sse(b, t, options), (b, t) => new Sio(b, t, { ...options, transports: ['polling'] }),
	];
	const all = Array.from({ length: n }, (_, i) => kinds[i % kinds.length](bases[i % bases.length], tokens[i % tokens.length]));
	await h.until(60, 'everybody is connected', () => {
		const out = all.filter((l) => l.connects === 0);
		if (out.length > 0)
			throw new Error(`${out.length} of ${n} are not: ${out.slice(0, 3).map((l) => `${l.kind} ${l.error || l.status || ''}`)}`);
		return true;
	});
	return all;
}

module.exports = { Listener, Sse, Sio, crowd };
