'use strict';
/* tests/flow/smtp_server.js - a mail server for a test: SMTP with STARTTLS and AUTH PLAIN, whose
 * answers the test decides. Each connection takes the next of `plans`, the last connection's
 * are the usual ones:
 *     { greeting, ehlo, mail, rcpt, data, body }   what it says there instead; null drops the connection
 *     { wait: ms }                                 before each answer
 *     { silent: true }                             it says nothing, until drop()
 * Licence: Apache-2.0. */
const net = require('node:net');
const tls = require('node:tls');

class SmtpServer {
	constructor({ key, cert, login } = {}) {
		this.context = key ? tls.createSecureContext({ key, cert }) : null;
		this.login = login;		/* "user:password", or none asked for */
		this.mails = [];		/* { from, to, text, secure, login } */
		this.plans = [];
		this.connections = 0;
		this.open = this.most = 0;
		this.sockets = new Set();
	}
	async start(port = 0) {
		this.server = net.createServer((s) => this.connected(s));
		await new Promise((yes) => this.server.listen(port, '127.0.0.1', yes));
		this.port = this.server.address().port;
		return this;
	}
	stop() {
		this.drop();
		return new Promise((yes) => this.server.close(yes));
	}

	/* Ends all connections. */
	drop() {
		for (const s of this.sockets)
			s.destroy();
	}
	connected(raw) {
		const c = { plan: this.plans.shift() || {}, text: '', mail: null, state: {}, secure: false, login: null };
		this.connections++;
		this.most = Math.max(this.most, ++this.open);
		this.sockets.add(raw);
		raw.on('close', () => { this.open--; this.sockets.delete(raw); });
		this.speakOn(c, raw);
		this.say(c, 'greeting', '220 mx.studio.test ESMTP');
	}
	speakOn(c, socket) {
		c.socket = socket;
		socket.on('error', () => {});
		socket.on('data', (d) => {
			if (c.socket === socket) {
				c.text += d.toString('utf8');
				this.read(c);
			}
		});
	}
	say(c, point, usual) {
		const words = c.plan[point] === undefined ? usual : c.plan[point];
		const socket = c.socket;
		if (c.plan.silent)
			return;
		setTimeout(() => {
			if (words === null)
				socket.destroy();
			else if (!socket.destroyed)
				socket.write(`${words}\r\n`);
		}, c.plan.wait || 0);
	}
	read(c) {
		for (;;) {
			const mark = c.inMail ? '\r\n.\r\n' : '\r\n';
			const at = c.text.indexOf(mark);
			if (at < 0)
				return;
			const part = c.text.slice(0, at);
			c.text = c.text.slice(at + mark.length);
			if (c.inMail) {
				c.inMail = false;
				this.mails.push({ ...c.state, text: `${part}\r\n`.replace(/^\./gm, ''), secure: c.secure, login: c.login });
				this.say(c, 'body', '250 2.0.0 taken');
			} else if (this.command(c, part)) {
				return;
			}
		}
	}
	/* True when the socket is another one from here. */
	command(c, line) {
		if (c.inLogin) {
			c.inLogin = false;
			c.login = Buffer.from(line, 'base64').toString().split('\0').slice(1).join(':');
			this.say(c, 'auth', c.login === this.login ? '235 2.7.0 welcome' : '535 5.7.8 who?');
			return false;
		}
		const verb = line.split(/[ :]/)[0].toUpperCase();
		switch (verb) {
		case 'EHLO':
			c.state.hello = line.slice(5);
			this.say(c, 'ehlo', ['mx.studio.test', '8BITMIME', 'SMTPUTF8', ...(this.context && !c.secure ? ['STARTTLS'] : []),
				...(this.login ? ['AUTH PLAIN LOGIN'] : [])].map((w, i, all) => `250${i === all.length - 1 ? ' ' : '-'}${w}`).join('\r\n'));
			return false;
		case 'STARTTLS': {
			c.socket.write('220 go ahead\r\n');
			c.socket.removeAllListeners('data');
			const secure = new tls.TLSSocket(c.socket, { isServer: true, secureContext: this.context });
			c.secure = true;
			c.text = '';
			this.speakOn(c, secure);
			return true;
		}
		case 'AUTH':
			c.inLogin = line === 'AUTH PLAIN';
			c.socket.write(c.inLogin ? '334 \r\n' : '504 5.5.4 PLAIN only\r\n');
			return false;
		case 'MAIL':
			if (this.login && c.login !== this.login)
				this.say(c, 'mail', '530 5.7.0 log in first');
			else
				this.say(c, 'mail', '250 2.1.0 ok');
			c.state.from = (line.match(/<(.*?)>/) || [])[1];
			return false;
		case 'RCPT':
			c.state.to = (line.match(/<(.*?)>/) || [])[1];
			this.say(c, 'rcpt', '250 2.1.5 ok');
			return false;
		case 'DATA':
			c.inMail = /^3/.test(c.plan.data === undefined ? '354' : c.plan.data || '');
			this.say(c, 'data', '354 go on');
			return false;
		case 'QUIT':
			c.socket.end('221 bye\r\n');
			return false;
		default:
			c.socket.write('502 5.5.1 what?\r\n');
			return false;
		}
	}
}

/* A mail as its reader sees it: { headers, plain, html }. */
function readMail(text) {
	const [head] = text.split('\r\n\r\n', 1);
	const headers = Object.fromEntries(head.replace(/\r\n[ \t]+/g, ' ').split('\r\n').map((l) => [l.slice(0, l.indexOf(':')).toLowerCase(), l.slice(l.indexOf(':') + 2)]));
	const boundary = headers['content-type'].match(/boundary="(.*)"/)[1];
	const parts = text.slice(head.length + 4).split(`--${boundary}`).slice(1, -1).map((p) => {
		const at = p.indexOf('\r\n\r\n');
		const bytes = p.slice(at + 4).replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, x) => String.fromCharCode(parseInt(x, 16)));
		return { head: p.slice(0, at), text: Buffer.from(bytes, 'latin1').toString('utf8') };
	});
	return { headers, plain: parts.find((p) => /text\/plain/.test(p.head)).text, html: parts.find((p) => /text\/html/.test(p.head)).text };
}

module.exports = { SmtpServer, readMail };
