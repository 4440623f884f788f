'use strict';
/* tests/flow/neighbour.js - a client who minds his own business, on a thread of his own, and
 * says how long each of his requests took. `new Neighbour(origins, headers)`, then `await n.end()`:
 * { count, most, half } in milliseconds, and `failed`.
 * Licence: Apache-2.0. */
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { Http2, request1 } = require('./client');

class Neighbour {
	constructor(origins, path, headers) {
		this.worker = new Worker(__filename, { workerData: { origins, path, headers } });
		this.started = new Promise((yes) => this.worker.once('message', yes));
	}
	end() {
		return new Promise((yes, no) => {
			this.worker.once('message', yes);
			this.worker.once('error', no);
			this.worker.postMessage('end');
		});
	}
}

async function live({ origins, path, headers }) {
	const vias = origins.map((o) => (o.startsWith('https:') ? new Http2(o) : null));
	const times = [];
	let over = false, failed = 0;

	parentPort.once('message', () => { over = true; });
	for (let i = 0; !over; i++) {
		const at = i % origins.length;
		const began = performance.now();
		try {
			const r = vias[at] ? await vias[at].request(path, { headers }) : await request1(origins[at] + path, { headers });
			failed += r.status !== 200;
		} catch {
			failed++;
		}
		if (i >= origins.length)	/* the first of each opens its connection */
			times.push(performance.now() - began);
		if (i === origins.length)
			parentPort.postMessage('started');
		await new Promise((yes) => setTimeout(yes, 2));
	}
	vias.filter(Boolean).forEach((v) => v.close());
	times.sort((a, b) => a - b);
	parentPort.postMessage({ count: times.length, most: times[times.length - 1], half: times[times.length >> 1], failed });
}

if (!isMainThread)
	live(workerData);

module.exports = { Neighbour };
