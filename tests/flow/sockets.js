'use strict';
/* tests/flow/sockets.js - a user of socket.io-client from npm, who notes what came.
 * Licence: Apache-2.0. */
const assert = require('node:assert/strict');
const { npm } = require('./answers');
const h = require('./harness');

const UPDATE = 'media-generation-update';
const open = [];

class Listener {
	/* `options` go to io() beside what the test needs: quick returns, a connection of its own. */
	constructor(url, token, options = {}) {
		const { io } = npm('socket.io-client');
		this.events = [];		/* of UPDATE, in the order in which they came */
		this.resyncs = [];
		this.connects = [];		/* of each connect: whether it recovered */
		this.errors = [];
		this.ends = [];			/* why it was cut off */
		this.socket = io(url, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 300, randomizationFactor: 0.2,
			auth: token === undefined ? {} : { token }, rejectUnauthorized: false, ...options });
		this.socket.on(UPDATE, (event, offset) => {
			assert.equal(offset, String(event.eventId));
			this.events.push(event);
		});
		this.socket.on('resync', (where) => this.resyncs.push(where.eventId));
		this.socket.on('connect', () => this.connects.push(this.socket.recovered));
		this.socket.on('connect_error', (e) => this.errors.push(e));
		this.socket.on('disconnect', (why) => this.ends.push(why));
		open.push(this);
	}
	get transport() {
		return this.socket.io.engine.transport.name;
	}
	connected(seconds = 10) {
		return h.until(seconds, 'a client of Socket.IO is connected', () => this.socket.connected, 10);
	}
	/* All that came is what the user's rows are: from `first` on, without a gap, twice or out of order. */
	mustBeWhole(first) {
		const ids = this.events.map((e) => e.eventId);
		assert.deepEqual(ids, ids.map((_, i) => (first === undefined ? ids[0] : first) + i), 'events without a gap, in order');
	}
	/* Waits until this generation is over in what came; its last event. */
	final(id, seconds = 30) {
		return h.until(seconds, `the last event of ${id} comes`, () => this.events.find((e) => e.mediaGenerationId === id && /SUCCEEDED|FAILED/.test(e.status)), 20);
	}
	close() {
		this.socket.disconnect();
	}
}

function closeAll() {
	open.splice(0).forEach((l) => l.close());
}

module.exports = { Listener, closeAll };
