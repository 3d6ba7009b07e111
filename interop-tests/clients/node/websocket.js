// WebSocket frame by frame, with the `ws` package: `websocket.js NAME PORT` ends with status 0 when everything held.
'use strict';
const http = require('node:http');
const assert = require('node:assert/strict');
const WebSocket = require('ws');
const mqttPacket = require('mqtt-packet');
const { Inbox } = require('./peer.js');

const connectAs = (clientId) => mqttPacket.generate({
  cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId, keepalive: 0,
});
const connect = connectAs('frames');
const CONNACK = '20020000';

// A WebSocket whose events one can wait for.
class Wire {
  constructor(port, { path = '/mqtt', protocols = ['mqtt'], ...options } = {}) {
    const all = { perMessageDeflate: false, ...options };
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, all);
    this.frames = new Inbox();
    this.pings = new Inbox();
    this.pongs = new Inbox();
    this.closes = new Inbox();
    this.socket.on('message', (data, binary) => this.frames.put({ data, binary }));
    this.socket.on('ping', (data) => this.pings.put(data.toString()));
    this.socket.on('pong', (data) => this.pongs.put(data.toString()));
    this.socket.on('close', (code) => this.closes.put(code));
    this.socket.on('error', () => {});
  }

  // Whether it was let in: 101, or the status of the refusal.
  status() {
    return new Promise((resolve, reject) => {
      this.socket.once('open', () => resolve(101));
      this.socket.once('unexpected-response', (request, response) => { resolve(response.statusCode); request.destroy(); });
      this.socket.once('error', reject);
    });
  }

  static async open(port, options) {
    const wire = new Wire(port, options);
    assert.equal(await wire.status(), 101);
    return wire;
  }

  async connack() {
    const { data, binary } = await this.frames.take('CONNACK');
    assert.deepEqual([data.toString('hex'), binary], [CONNACK, true]);
  }
}

async function statusOf(port, options) {
  const wire = new Wire(port, options);
  const status = await wire.status();
  wire.socket.terminate();
  return status;
}

// An answer to a request that does not ask for a WebSocket.
function plain(port, method, path) {
  return new Promise((resolve, reject) => {
    http.request({ port, host: '127.0.0.1', path, method }, resolve).on('error', reject).end();
  });
}

const scenarios = {
  async wrongPath(port) {
    for (const path of ['/', '/mqtt2', '/mqtt/', '/MQTT']) assert.equal(await statusOf(port, { path }), 404, path);
    assert.equal(await statusOf(port, {}), 101);
  },

  async noProtocol(port) {
    for (const protocols of [[], ['chat']]) assert.equal(await statusOf(port, { protocols }), 400, `${protocols}`);
    const wire = await Wire.open(port, { protocols: ['chat', 'mqttv3.1', 'mqtt'] });
    assert.equal(wire.socket.protocol, 'mqttv3.1');
  },

  async noProtocolNeeded(port) {
    const wire = await Wire.open(port, { protocols: [] });
    assert.equal(wire.socket.protocol, '');
    wire.socket.send(connect);
    await wire.connack();
  },

  async origins(port) {
    for (const origin of ['https://evil.example.org', 'http://panel.example.org', 'https://panel.example.org.evil.org', 'null']) {
      assert.equal(await statusOf(port, { origin }), 403, origin);
    }
    assert.equal(await statusOf(port, { origin: 'https://panel.example.org' }), 101);
    assert.equal(await statusOf(port, {}), 101, 'programs name no origin');
  },

  async originNeeded(port) {
    assert.equal(await statusOf(port, {}), 403);
    assert.equal(await statusOf(port, { origin: 'https://panel.example.org' }), 101);
  },

  async textFrame(port) {
    const wire = await Wire.open(port);
    wire.socket.send(connect);
    await wire.connack();
    wire.socket.send('text');
    assert.equal(await wire.closes.take('close'), 1003);
  },

  async hugeFrame(port) {
    const wire = await Wire.open(port);
    wire.socket.send(connect);
    await wire.connack();
    wire.socket.send(Buffer.alloc(64 * 1024 + 1));
    assert.equal(await wire.closes.take('close'), 1009);
  },

  async unmasked(port) {
    const wire = await Wire.open(port);
    wire.socket.send(connect, { mask: false });
    assert.equal(await wire.closes.take('close'), 1002);
  },

  async ping(port) {
    const wire = await Wire.open(port);
    for (const payload of ['', 'before CONNECT', 'x'.repeat(125)]) {
      wire.socket.ping(payload);
      assert.equal(await wire.pongs.take('pong'), payload);
    }
    wire.socket.send(connect);
    await wire.connack();
    wire.socket.ping('after');
    assert.equal(await wire.pongs.take('pong'), 'after');
  },

  async silence(port) {
    const quiet = await Wire.open(port, { autoPong: false });
    const polite = await Wire.open(port);
    for (const wire of [quiet, polite]) {
      wire.socket.send(connectAs(wire === quiet ? 'quiet' : 'polite'));
      await wire.connack();
    }
    await quiet.pings.take('ping');
    await quiet.closes.take('close');
    for (let n = 0; n < 2; n += 1) await polite.pings.take('ping');
    assert.equal(polite.socket.readyState, WebSocket.OPEN);
  },

  async frames(port) {
    const wire = await Wire.open(port);
    for (const byte of connect) wire.socket.send(Buffer.from([byte]));
    await wire.connack();
    const subscribe = mqttPacket.generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'frames', qos: 0 }] });
    const publish = mqttPacket.generate({ cmd: 'publish', topic: 'frames', payload: 'whole', qos: 0 });
    // Two packets and a half in one message of three frames, with a Ping between them (RFC 6455 §5.4).
    const all = Buffer.concat([subscribe, publish, publish]);
    const [first, second] = [5, all.length - 7];
    wire.socket.send(all.subarray(0, first), { fin: false, binary: true });
    wire.socket.ping('between');
    wire.socket.send(all.subarray(first, second), { fin: false });
    assert.equal(await wire.pongs.take('pong'), 'between');
    wire.socket.send(all.subarray(second), { fin: true });
    const expected = Buffer.concat([Buffer.from('9003000100', 'hex'), publish, publish]);
    let got = Buffer.alloc(0);
    while (got.length < expected.length) got = Buffer.concat([got, (await wire.frames.take('frame')).data]);
    assert.equal(got.toString('hex'), expected.toString('hex'));
  },

  async close(port) {
    const wire = await Wire.open(port);
    wire.socket.send(connect);
    await wire.connack();
    wire.socket.close(1000, 'done');
    assert.equal(await wire.closes.take('close'), 1000);
  },

  async compression(port) {
    const wire = await Wire.open(port, { perMessageDeflate: true });
    assert.equal(wire.socket.extensions, '');
    wire.socket.send(connect);
    await wire.connack();
  },

  // Stays until it is ended, coming from another address than the proxy.
  async stay(port) {
    const wire = await Wire.open(port, { localAddress: '127.0.0.3' });
    wire.socket.send(connectAs('stays'));
    await wire.connack();
    console.log('connected');
    await wire.closes.take('close');
  },

  async plainRequest(port) {
    assert.equal((await plain(port, 'GET', '/mqtt')).statusCode, 426);
    assert.equal((await plain(port, 'POST', '/mqtt')).statusCode, 405);
  },
};

const [, , name, port] = process.argv;
scenarios[name](Number(port)).then(
  () => { console.log('ok'); process.exit(0); },
  (error) => { console.error(error); process.exit(1); },
);
