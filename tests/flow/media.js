'use strict';
/* tests/flow/media.js - judges bytes without help: is this really a PNG, JPEG, WAV, MP3,
 * OGG or MP4? Each judge throws with what is wrong, or returns what it found.
 * Where ffprobe is installed it is asked as well.
 * Licence: Apache-2.0. */
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const zlib = require('node:zlib');

const CRC = new Int32Array(256).map((_, n) => {
	for (let k = 0; k < 8; k++)
		n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
	return n;
});
function crc32(b) {
	let c = -1;
	for (const byte of b)
		c = CRC[(c ^ byte) & 0xff] ^ (c >>> 8);
	return (c ^ -1) >>> 0;
}

/* Every chunk's CRC, the size in IHDR, and pixels that inflate to exactly that size. */
function png(b) {
	assert.equal(b.subarray(0, 8).toString('hex'), '89504e470d0a1a0a', 'PNG signature');
	const idat = [];
	let at = 8, width, height, perRow, last = '';
	while (at < b.length) {
		const n = b.readUInt32BE(at);
		last = b.toString('latin1', at + 4, at + 8);
		assert.ok(at + 12 + n <= b.length, `chunk ${last} ends behind the file`);
		assert.equal(b.readUInt32BE(at + 8 + n), crc32(b.subarray(at + 4, at + 8 + n)), `CRC of ${last}`);
		if (last === 'IHDR') {
			assert.equal(at, 8, 'IHDR comes first');
			width = b.readUInt32BE(at + 8);
			height = b.readUInt32BE(at + 12);
			const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[b[at + 17]];
			perRow = Math.ceil(width * channels * b[at + 16] / 8) + 1;
		}
		if (last === 'IDAT')
			idat.push(b.subarray(at + 8, at + 8 + n));
		at += 12 + n;
	}
	assert.equal(last, 'IEND', 'IEND comes last');
	assert.equal(zlib.inflateSync(Buffer.concat(idat)).length, perRow * height, 'pixels');
	return { format: 'png', width, height };
}

/* Markers up to the first scan; the size from the frame header; EOI at the end. */
function jpeg(b) {
	assert.equal(b.readUInt16BE(0), 0xffd8, 'JPEG start of image');
	assert.equal(b.readUInt16BE(b.length - 2), 0xffd9, 'JPEG end of image');
	let at = 2, size;
	while (b[at + 1] !== 0xda) {
		assert.equal(b[at], 0xff, 'JPEG marker');
		const m = b[at + 1], n = b.readUInt16BE(at + 2);
		if (m >= 0xc0 && m <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(m))
			size = { format: 'jpeg', height: b.readUInt16BE(at + 5), width: b.readUInt16BE(at + 7) };
		at += 2 + n;
		assert.ok(at + 4 < b.length, 'JPEG ends before its scan');
	}
	assert.ok(size && size.width > 0 && size.height > 0, 'JPEG frame header');
	return size;
}

function wav(b) {
	assert.equal(b.toString('latin1', 0, 4), 'RIFF');
	assert.equal(b.toString('latin1', 8, 12), 'WAVE');
	assert.equal(b.readUInt32LE(4), b.length - 8, 'RIFF length');
	let at = 12, rate, bytesPerSecond, seconds;
	while (at + 8 <= b.length) {
		const id = b.toString('latin1', at, at + 4), n = b.readUInt32LE(at + 4);
		if (id === 'fmt ') {
			assert.equal(b.readUInt16LE(at + 8), 1, 'PCM');
			rate = b.readUInt32LE(at + 12);
			bytesPerSecond = b.readUInt32LE(at + 16);
		}
		if (id === 'data') {
			assert.ok(n > 0 && at + 8 + n <= b.length, 'WAV data length');
			seconds = n / bytesPerSecond;
			const samples = b.subarray(at + 8, at + 8 + n);
			assert.ok(samples.some((v) => v !== samples[0]), 'WAV is silence');
		}
		at += 8 + n + (n & 1);
	}
	assert.ok(seconds > 0.05 && rate >= 8000, `WAV of ${seconds} s at ${rate} Hz`);
	return { format: 'wav', seconds, rate };
}

/* Walks frame by frame: each header must announce the next one's place. */
function mp3(b) {
	const kbit = { 1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320], 2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160] };
	let at = 0, frames = 0, seconds = 0, facts;
	if (b.toString('latin1', 0, 3) === 'ID3')
		at = 10 + ((b[6] << 21) | (b[7] << 14) | (b[8] << 7) | b[9]);
	while (at + 4 <= b.length && b.toString('latin1', at, at + 3) !== 'TAG') {
		assert.equal(b.readUInt16BE(at) & 0xffe0, 0xffe0, `MP3 frame sync at ${at}`);
		const at0 = at, version = { 3: 1, 2: 2, 0: 2.5 }[(b[at + 1] >> 3) & 3];
		assert.equal((b[at + 1] >> 1) & 3, 1, 'layer III');
		const rate = [44100, 48000, 32000][(b[at + 2] >> 2) & 3] / { 1: 1, 2: 2, 2.5: 4 }[version];
		const bits = kbit[version === 1 ? 1 : 2][b[at + 2] >> 4] * 1000;
		const samples = version === 1 ? 1152 : 576;
		assert.ok(bits > 0 && rate > 0, 'MP3 bit rate');
		at += Math.floor(samples / 8 * bits / rate) + ((b[at + 2] >> 1) & 1);
		seconds += samples / rate;
		facts = { rate, bits, channels: b[at0 + 3] >> 6 === 3 ? 1 : 2 };
		frames++;
	}
	assert.ok(frames > 2, `MP3 of ${frames} frames`);
	return { format: 'mp3', frames, seconds, ...facts };
}

function ogg(b) {
	let at = 0, pages = 0, last = 0, granule;
	while (at < b.length) {
		assert.equal(b.toString('latin1', at, at + 4), 'OggS', `Ogg page at ${at}`);
		const n = b[at + 26];
		last = b[at + 5];
		granule = Number(b.readBigInt64LE(at + 6));
		at += 27 + n + b.subarray(at + 27, at + 27 + n).reduce((x, y) => x + y, 0);
		pages++;
	}
	assert.equal(at, b.length, 'the last Ogg page is whole');
	assert.ok(last & 4, 'the last Ogg page says so');
	const head = b.indexOf('OpusHead');
	assert.ok(head > 0, 'Opus');
	const seconds = (granule - b.readUInt16LE(head + 10)) / 48000;
	assert.ok(seconds > 0.05, `Opus of ${seconds} s`);
	return { format: 'ogg', pages, seconds };
}

/* ftyp first, a moov with a video track, mdat with bytes, boxes that fill the file. */
function mp4(b) {
	const boxes = {};
	let at = 0;
	while (at + 8 <= b.length) {
		let n = b.readUInt32BE(at);
		const type = b.toString('latin1', at + 4, at + 8);
		if (n === 1)
			n = Number(b.readBigUInt64BE(at + 8));
		assert.ok(n >= 8 && at + n <= b.length, `box ${type} of ${n} bytes at ${at} of ${b.length}`);
		if (at === 0)
			assert.equal(type, 'ftyp', 'ftyp comes first');
		boxes[type] = b.subarray(at, at + n);
		at += n;
	}
	assert.equal(at, b.length, 'boxes fill the file');
	assert.ok(boxes.moov && boxes.mdat && boxes.mdat.length > 100, `boxes: ${Object.keys(boxes)}`);
	assert.ok(boxes.moov.includes('vide'), 'a video track');
	const mvhd = boxes.moov.indexOf('mvhd');
	const seconds = boxes.moov.readUInt32BE(mvhd + 20) / boxes.moov.readUInt32BE(mvhd + 16);
	assert.ok(seconds > 0.5, `a video of ${seconds} s`);
	return { format: 'mp4', seconds };
}

function ffprobe(b, want) {
	const r = spawnSync('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_type,width,height', '-of', 'json', '-'],
	    { input: b, maxBuffer: 1 << 20, timeout: 60000 });
	if (r.error)
		return;		/* not installed: our own judgement stands alone */
	assert.equal(r.status, 0, `ffprobe: ${r.stderr}`);
	const streams = JSON.parse(r.stdout).streams || [];
	assert.ok(streams.some((s) => s.codec_type === want), `ffprobe finds no ${want}: ${r.stdout}`);
}

const JUDGES = {
	'image/png': [png, 'video'], 'image/jpeg': [jpeg, 'video'],
	'audio/wav': [wav, 'audio'], 'audio/x-wav': [wav, 'audio'], 'audio/mpeg': [mp3, 'audio'], 'audio/mp3': [mp3, 'audio'],
	'audio/ogg': [ogg, 'audio'], 'video/mp4': [mp4, 'video'],
};

/* Judges bytes by the MIME type that they claim to have. */
function judge(mimeType, b) {
	const row = JUDGES[mimeType];
	assert.ok(row, `no judge for ${mimeType}`);
	const found = row[0](b);
	ffprobe(b, row[1]);
	return found;
}

module.exports = { judge, png, jpeg, wav, mp3, ogg, mp4 };
