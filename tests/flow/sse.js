'use strict';
/* tests/flow/sse.js - Server-Sent Events as a client reads them (WHATWG HTML, 9.2): over HTTP/1.1 or HTTP/2,
 * coming back with its last id where it is told to.
 * Licence: Apache-2.0. */
const http = require('node:http');
const assert = require('node:assert/strict');
const h = require('./harness');
const { Http2 } = require('./client');

class EventStream {
	/* `api` is an Api with a token. back: it comes back whenever the stream breaks off. */
	constructor(api, { query = '', headers = {}, lastId = '', back = false } = {}) {
		Object.assign(this, { api, query, headers, lastId, back, events: [], comments: 0, breaks: 0, refused: [], retry: 3000 });
		this.open();
	}
	open() {
		const headers = { Accept: 'text/event-stream', ...this.api.headers, ...this.headers };
		if (this.api.token)
			headers.Authorization = `Bearer ${this.api.token}`;
		if (this.lastId !== '')
			headers['Last-Event-ID'] = this.lastId;
		Object.assign(this, { text: '', status: 0, closed: false, cut: false, type: '', data: [] });
		this.answered = new Promise((yes) => { this.onHead = yes; });
		this.over = new Promise((yes) => { this.onOver = yes; });
		if (this.api.via instanceof Http2)
			this.open2(headers);
		else
			this.open1(headers);
	}
	open1(headers) {
		const rq = http.get(this.api.via + '/api/events' + this.query, { headers, agent: false }, (rs) => {
			this.head(rs.statusCode, rs.headers);
			rs.setEncoding('utf8');
			rs.on('data', (d) => this.feed(d));
			rs.on('error', () => this.close(true));
			rs.on('aborted', () => this.close(true));
			rs.on('end', () => this.close(!rs.complete));
			this.rs = rs;
		});
		rq.on('error', () => this.close(true));
		this.stop = () => rq.destroy();
	}
	open2(headers) {
		const lower = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k.toLowerCase(), v]));
		const st = this.api.via.session().request({ ':method': 'GET', ':path': '/api/events' + this.query, ...lower }, { endStream: true });
		st.setEncoding('utf8');
		st.on('response', (head) => this.head(head[':status'], head));
		st.on('data', (d) => this.feed(d));
		st.on('error', () => this.close(true));
		st.on('close', () => this.close(st.rstCode !== 0));
		this.rs = st;
		this.stop = () => st.close();
	}
	head(status, headers) {
		this.status = status;
		this.got = headers;
		if (status !== 200)
			this.refused.push(status);
		this.onHead(this);
	}
	feed(d) {
		this.text += d;
		for (let at; (at = this.text.indexOf('\n')) >= 0;) {
			const line = this.text.slice(0, at);
			this.text = this.text.slice(at + 1);
			this.line(line);
		}
	}
	line(line) {
		const [, field, value] = line.match(/^([^:]*):? ?(.*)$/s);
		if (line === '')
			this.dispatch();
		else if (line.startsWith(':'))
			this.comments++;
		else if (field === 'data')
			this.data.push(value);
		else if (field === 'event')
			this.type = value;
		else if (field === 'id')
			this.nextId = value;
		else if (field === 'retry')
			this.retry = Number(value);
	}
	dispatch() {
		if (this.nextId !== undefined)
			this.lastId = this.nextId;
		if (this.data.length > 0)
			this.events.push({ id: this.lastId, type: this.type || 'message', data: JSON.parse(this.data.join('\n')), at: Date.now() });
		this.type = '';
		this.data = [];
	}
	close(cut) {
		if (this.closed)
			return;
		this.closed = true;
		this.cut = cut;
		this.closedAt = Date.now();
		this.onHead(this);
		this.onOver(this);
		if (this.back) {
			this.breaks++;
			setTimeout(() => this.back && this.open(), Math.min(this.retry, 100));
		}
	}
	end() {
		this.back = false;
		this.stop();
	}
	/* The updates of a generation, or all. */
	updates(id) {
		return this.events.filter((e) => e.type === 'media-generation-update' && (id === undefined || e.data.mediaGenerationId === id));
	}
	/* Waits for the head of the answer. */
	async begun(status = 200) {
		await this.answered;
		assert.equal(this.status, status);
		return this;
	}
	/* Waits until its position is known. */
	async ready(seconds = 10) {
		await this.begun();
		await h.until(seconds, 'a position', () => this.lastId !== '', 5);
		return this;
	}
	until(seconds, what, fn) {
		return h.until(seconds, what, () => fn(this), 5);
	}
	/* The final update of a generation. */
	final(id, seconds = 20) {
		return this.until(seconds, `the last event of ${id}`, () => this.updates(id).find((e) => /SUCCEEDED|FAILED/.test(e.data.status)));
	}
	/* One after the other, each with its own number, each after the one before. */
	inOrder() {
		const all = this.updates(), ids = all.map((e) => Number(e.id));
		for (let i = 0; i < ids.length; i++) {
			assert.equal(all[i].data.eventId, ids[i]);
			if (i > 0)
				assert.equal(ids[i], ids[i - 1] + 1, `after ${ids[i - 1]} came ${ids[i]}`);
		}
		return ids;
	}
}

module.exports = { EventStream };
