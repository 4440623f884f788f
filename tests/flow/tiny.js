'use strict';
/* tests/flow/tiny.js - a test runner in a hundred lines: test(), before(), after().
 * A file that requires it is run as `node FILE` by run.js; its tests run one after the
 * other, each with a time limit, and each result is a line in the file TEST_REPORT.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const path = require('node:path');
const assert = require('node:assert/strict');

const SLOW = Number(process.env.TEST_SLOW || 1);	/* sanitizer builds: everything takes longer */
const ONLY = process.env.TEST_ONLY ? new RegExp(process.env.TEST_ONLY) : null;
const file = path.basename(process.argv[1] || '?', '.js');
const tests = [];
const befores = [];
const afters = [];
const onFailure = [];

function test(name, fn, { limit = 30 } = {}) {
	tests.push({ name, fn, limit });
}

function report(ok, name, ms) {
	if (process.env.TEST_REPORT)
		fs.appendFileSync(process.env.TEST_REPORT, `${ok ? 'ok' : 'FAILED'}\t${file}\t${name}\t${Math.round(ms)}\n`);
	console.log(`  ${ok ? 'ok    ' : 'FAILED'} ${(ms / 1000).toFixed(2).padStart(6)} s  ${file}: ${name}`);
}

/* Runs fn; rejects when it takes longer than `seconds`. */
async function within(seconds, what, fn) {
	let timer;
	const late = new Promise((_, no) => {
		timer = setTimeout(() => no(new Error(`${what}: not finished after ${seconds} s`)), seconds * 1000);
	});
	try {
		return await Promise.race([fn(), late]);
	} finally {
		clearTimeout(timer);
	}
}

function explain(e) {
	const text = e && e.stack ? e.stack.split('\n').filter((l) => !l.includes('node:internal')).join('\n') : String(e);
	console.log(text.replace(/^/gm, '         | '));
	for (const fn of onFailure) {
		try {
			console.log(String(fn()).replace(/^/gm, '         > '));
		} catch (again) {
			console.log(`         > (no more to show: ${again.message})`);
		}
	}
}

async function main() {
	let failed = 0;
	let broken = null;
	const wanted = tests.filter((t) => !ONLY || ONLY.test(t.name));

	try {
		for (const fn of befores)
			await within(60 * SLOW, 'before', fn);
	} catch (e) {
		broken = e;
		failed++;
		explain(e);
	}
	for (const t of wanted) {
		const start = Date.now();
		try {
			if (broken)
				throw new Error('not run: what the file needs first did not work');
			await within(t.limit * SLOW, t.name, t.fn);
			report(true, t.name, Date.now() - start);
		} catch (e) {
			failed++;
			report(false, t.name, Date.now() - start);
			if (!broken)
				explain(e);
		}
	}
	for (const fn of afters.reverse()) {
		try {
			await within(30 * SLOW, 'after', fn);
		} catch (e) {
			failed++;
			report(false, 'everything ends', 0);
			explain(e);
		}
	}
	process.exit(failed ? 1 : 0);
}

process.on('unhandledRejection', (e) => {
	report(false, 'no promise is left alone', 0);
	explain(e);
	process.exitCode = 1;
});
setImmediate(main);

module.exports = {
	test, within, SLOW, assert,
	before: (fn) => befores.push(fn),
	after: (fn) => afters.push(fn),
	showOnFailure: (fn) => onFailure.push(fn),
};
