'use strict';
/* tests/flow/memory.js - how often words occur in the memory of a process, as root can see it.
 * Not on sanitizer builds: their shadow is terabytes of nothing, and they keep what was freed.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const h = require('./harness');

const CAN_LOOK = h.IS_ROOT && !/\bsan\b/.test(h.BUILD);

/* { name: word (text or bytes) } to { name: how often }. */
function countWords(pid, words) {
	const found = Object.fromEntries(Object.keys(words).map((k) => [k, 0]));
	const fd = fs.openSync(`/proc/${pid}/mem`, 'r');
	for (const line of fs.readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
		const m = /^([0-9a-f]+)-([0-9a-f]+) r/.exec(line);
		if (!m || /\[v/.test(line))
			continue;
		const bytes = Buffer.alloc(parseInt(m[2], 16) - parseInt(m[1], 16));
		try {
			fs.readSync(fd, bytes, 0, bytes.length, parseInt(m[1], 16));
		} catch {
			continue;	/* a guard page */
		}
		for (const [name, word] of Object.entries(words))
			for (let i = bytes.indexOf(word); i >= 0; i = bytes.indexOf(word, i + 1))
				found[name]++;
	}
	fs.closeSync(fd);
	return found;
}

module.exports = { CAN_LOOK, countWords };
