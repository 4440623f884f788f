'use strict';
/* tests/flow/forms.js - files of every type that may be uploaded, and forms that carry them, as
 * browsers and curl write them, and as nobody should.
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');

const BOUNDARY = '----WebKitFormBoundaryE19zNvXGzXaLvS5C';

/* n bytes of noise behind a head that says what they are. */
const noise = (head, n) => Buffer.concat([Buffer.from(head, 'latin1'), crypto.randomBytes(Math.max(0, n - head.length))]);
const FILES = {
	'image/jpeg': (n = 3000) => noise('\xff\xd8\xff\xe0\0\x10JFIF\0', n),
	'image/png': (n = 3000) => noise('\x89PNG\r\n\x1a\n', n),
	'image/webp': (n = 3000) => noise('RIFF\0\0\0\0WEBPVP8 ', n),
	'audio/wav': (n = 3000) => noise('RIFF\0\0\0\0WAVEfmt ', n),
	'audio/mpeg': (n = 3000) => noise('ID3\x04\0\0\0\0\0\0', n),
	'video/mp4': (n = 3000) => noise('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', n),
};

/* One part; head lines of one's own replace the usual ones. */
function part({ name = 'file', filename = 'a.png', type = 'image/png', content = FILES['image/png'](), head } = {}) {
	const lines = head || [`Content-Disposition: form-data; name="${name}"${filename === null ? '' : `; filename="${filename}"`}`,
		...(type ? [`Content-Type: ${type}`] : [])];
	return Buffer.concat([Buffer.from(`--${BOUNDARY}\r\n${lines.join('\r\n')}\r\n\r\n`), Buffer.from(content), Buffer.from('\r\n')]);
}

/* A whole form of such parts. */
function form(...parts) {
	return Buffer.concat([...parts.map((p) => (Buffer.isBuffer(p) ? p : part(p))), Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

const FORM_TYPE = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };

/* Posts a form with an Api of client.js. */
const post = (api, path, body, headers = {}) => api.post(path, body, { ...FORM_TYPE, ...headers });

module.exports = { BOUNDARY, FILES, FORM_TYPE, part, form, post };
