'use strict';
/* tests/flow/run.js - runs the flow tests: node tests/flow/run.js [FILE-PREFIX…]
 *     TEST_BUILD   directory of the programs (build)
 *     TEST_SLOW    factor on every time limit (1)
 *     TEST_ONLY    regular expression on names of tests
 *     TEST_REPORT  file that gets a line per test
 * Files run as processes of their own, several at a time, those first that say "Runs: first"
 * in their header because they take long; those that measure times or load the machine say
 * "Runs: alone" and get it to themselves.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawn } = require('node:child_process');

const LIMIT_S = 240 * Number(process.env.TEST_SLOW || 1);
const wanted = process.argv.slice(2);
const files = fs.readdirSync(__dirname).filter((f) => /^\d{3}_.*\.js$/.test(f)).sort()
	.filter((f) => wanted.length === 0 || wanted.some((w) => f.startsWith(path.basename(w))))
	.filter((f) => wanted.length > 0 || !fs.readFileSync(path.join(__dirname, f), 'utf8').includes('Build: '));
const runs = (f, how) => fs.readFileSync(path.join(__dirname, f), 'utf8').slice(0, 2000).includes(`Runs: ${how}`);
const running = new Set();
const WORKERS = os.cpus().length + 2;
let failed = 0;

function runFile(f, share) {
	return new Promise((done) => {
		const began = Date.now();
		const child = spawn(process.execPath, [path.join(__dirname, f)], {
			env: { ...process.env, TEST_PORT_SHARE: `${share}/${WORKERS}` }, stdio: ['ignore', 'pipe', 'pipe'],
		});
		let text = '', late = false;
		const timer = setTimeout(() => { late = true; child.kill('SIGTERM'); }, LIMIT_S * 1000);
		running.add(child);
		child.stdout.on('data', (d) => { text += d; });
		child.stderr.on('data', (d) => { text += d; });
		child.on('close', (code, signal) => {
			clearTimeout(timer);
			running.delete(child);
			if (code !== 0) {
				failed++;
				if (late || signal || !/FAILED/.test(text)) {	/* it told nothing itself */
					text += `  FAILED ${f} ended with ${late ? `a time-out after ${LIMIT_S} s` : signal || code}\n`;
					if (process.env.TEST_REPORT)
						fs.appendFileSync(process.env.TEST_REPORT, `FAILED\t${f}\tthe file runs to its end\t0\n`);
				}
			}
			process.stdout.write(`flow: ${f} ${code === 0 ? 'ok' : 'FAILED'} (${((Date.now() - began) / 1000).toFixed(1)} s)\n${text}`);
			done();
		});
	});
}

async function worker(queue, share) {
	for (let f = queue.shift(); f; f = queue.shift())
		await runFile(f, share);
}

(async () => {
	const together = files.filter((f) => !runs(f, 'alone')).sort((a, b) => runs(b, 'first') - runs(a, 'first'));
	await Promise.all(Array.from({ length: WORKERS }, (_, share) => worker(together, share)));
	await worker(files.filter((f) => runs(f, 'alone')), 0);
	process.exit(failed ? 1 : 0);
})();

for (const s of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.on(s, () => {
		for (const c of running)
			c.kill('SIGTERM');
		process.exitCode = 130;
	});
