// Scenarios with MQTT.js: `scenarios.js NAME PORT` ends with status 0 when everything held.
'use strict';
const { Peer, assert } = require('./peer.js');

const VERSIONS = { '3.1': 3, '3.1.1': 4, 5: 5 };

const scenarios = {
  async qosMatrix(port) {
    for (const [name, protocolVersion] of Object.entries(VERSIONS)) {
      const subscriber = await Peer.connect(port, { protocolVersion });
      const publisher = await Peer.connect(port, { protocolVersion });
      for (const granted of [0, 1, 2]) {
        const topic = `matrix/${name}/${granted}`;
        await subscriber.subscribe(topic, { qos: granted });
        for (const qos of [0, 1, 2]) {
          await publisher.publish(topic, `${qos}`, { qos });
          const { text, packet } = await subscriber.message();
          assert.deepEqual([text, packet.qos, packet.dup], [`${qos}`, Math.min(qos, granted), false]);
        }
      }
    }
  },

  async retained(port) {
    const publisher = await Peer.connect(port);
    for (const value of ['first', 'second']) await publisher.publish('kept', value, { qos: 1, retain: true });
    for (const protocolVersion of Object.values(VERSIONS)) {
      const late = await Peer.connect(port, { protocolVersion });
      await late.subscribe('kept', { qos: 1 });
      const { text, packet } = await late.message();
      assert.deepEqual([text, packet.retain], ['second', true]);
    }
    await publisher.publish('kept', '', { qos: 1, retain: true });
    const later = await Peer.connect(port);
    await later.subscribe('kept', { qos: 1 });
    await later.expectNothingBefore('kept', publisher);
  },

  async wills(port) {
    const watcher = await Peer.connect(port);
    await watcher.subscribe('will/+', { qos: 2 });
    for (const protocolVersion of Object.values(VERSIONS)) {
      const will = { topic: `will/${protocolVersion}`, payload: Buffer.from('gone'), qos: 1, retain: false };
      await (await Peer.connect(port, { protocolVersion, will })).breakOff();
      assert.equal((await watcher.message()).topic, will.topic);
      await (await Peer.connect(port, { protocolVersion, will })).close();
      await watcher.expectNothingBefore(will.topic, watcher);
    }
  },

  async sessions(port) {
    const publisher = await Peer.connect(port);
    for (const [name, protocolVersion] of Object.entries(VERSIONS)) {
      const properties = protocolVersion === 5 ? { sessionExpiryInterval: 3600 } : undefined;
      const options = { protocolVersion, clean: false, clientId: `keeper-${name}`, properties };
      const topic = `session/${name}`;
      const first = await Peer.connect(port, options);
      assert.equal(Boolean(first.connack.sessionPresent), false);
      await first.subscribe(topic, { qos: 2 });
      await first.close();
      // Order is promised within one quality of service [MQTT-4.6.0-6]; MQTT.js reports QoS 2 at PUBREL.
      for (let n = 0; n < 50; n += 1) await publisher.publish(topic, `${n}`, { qos: 1 + (n % 2) });
      const second = await Peer.connect(port, options);
      if (protocolVersion !== 3) assert.equal(second.connack.sessionPresent, true);
      const got = [[], []];
      for (let n = 0; n < 50; n += 1) {
        const number = Number((await second.message()).text);
        got[number % 2].push(number);
      }
      const expected = (odd) => Array.from({ length: 25 }, (_, n) => 2 * n + odd);
      assert.deepEqual(got, [expected(0), expected(1)]);
      await second.close();
    }
  },

  async shared(port) {
    const members = [];
    for (let n = 0; n < 3; n += 1) {
      members.push(await Peer.connect(port));
      await members[n].subscribe('$share/group/jobs', { qos: 1 });
    }
    const publisher = await Peer.connect(port);
    const got = [];
    const done = new Promise((resolve) => {
      for (const { client } of members) {
        client.on('message', (topic, payload) => { if (got.push(Number(payload)) === 300) resolve(); });
      }
    });
    await Promise.all(Array.from({ length: 300 }, (_, n) => publisher.publish('jobs', `${n}`, { qos: 1 })));
    await done;
    assert.deepEqual(got.sort((a, b) => a - b), Array.from({ length: 300 }, (_, n) => n));
  },

  async largePayloads(port) {
    const subscriber = await Peer.connect(port);
    const publisher = await Peer.connect(port);
    await subscriber.subscribe('large', { qos: 2 });
    for (const size of [1_000_000, 10_000_000]) {
      const payload = Buffer.alloc(size, 'tide');
      for (const qos of [0, 1, 2]) {
        await publisher.publish('large', payload, { qos });
        assert.ok((await subscriber.message()).payload.equals(payload), `${size} bytes at QoS ${qos}`);
      }
    }
  },

  async takeover(port) {
    const first = await Peer.connect(port, { clientId: 'twin' });
    const second = await Peer.connect(port, { clientId: 'twin' });
    assert.equal((await first.disconnects.take('DISCONNECT')).reasonCode, 0x8e);
    await first.closes.take('close');
    await second.subscribe('twin', { qos: 1 });
    await second.publish('twin', 'alive', { qos: 1 });
    assert.equal((await second.message()).text, 'alive');
  },

  async propertiesEndToEnd(port) {
    const subscriber = await Peer.connect(port);
    const publisher = await Peer.connect(port);
    await subscriber.subscribe('all/#', { qos: 1, properties: { subscriptionIdentifier: 77 } });
    const sent = {
      payloadFormatIndicator: true,
      contentType: 'text/plain',
      responseTopic: 'answers/here',
      correlationData: Buffer.from([0, 255]),
      messageExpiryInterval: 1000,
      userProperties: { b: ['2', '3'], a: '1' },
    };
    await publisher.publish('all/of/them', 'text', { qos: 1, properties: sent });
    const got = (await subscriber.message()).packet.properties;
    assert.deepEqual({ ...got.userProperties }, { b: ['2', '3'], a: '1' });
    assert.deepEqual([got.contentType, got.responseTopic], ['text/plain', 'answers/here']);
    assert.ok(got.correlationData.equals(sent.correlationData));
    assert.deepEqual([got.payloadFormatIndicator, got.subscriptionIdentifier], [true, 77]);
    assert.ok(got.messageExpiryInterval <= 1000 && got.messageExpiryInterval >= 990);
  },

  async topicAliases(port) {
    const properties = { topicAliasMaximum: 10 };
    const subscriber = await Peer.connect(port, { properties });
    const publisher = await Peer.connect(port, { autoAssignTopicAlias: true });
    await subscriber.subscribe('aliased/+', { qos: 1 });
    for (let n = 0; n < 20; n += 1) {
      await publisher.publish(`aliased/${n % 2}`, `${n}`, { qos: 1 });
      const { topic, text } = await subscriber.message();
      assert.deepEqual([topic, text], [`aliased/${n % 2}`, `${n}`]);
    }
  },

  async burst(port) {
    for (const qos of [0, 1, 2]) {
      const subscriber = await Peer.connect(port, { protocolVersion: 4 });
      const publisher = await Peer.connect(port, { protocolVersion: 4 });
      await subscriber.subscribe('burst', { qos });
      // MQTT 3.1.1 has no receive maximum: a publisher keeps its unacknowledged messages modest by itself.
      const burst = async () => {
        for (let from = 0; from < 20_000; from += 500) {
          const sent = [];
          for (let n = from; n < from + 500; n += 1) sent.push(publisher.publish('burst', `${n}`, { qos }));
          await Promise.all(sent);
        }
      };
      const published = burst();
      for (let n = 0; n < 20_000; n += 1) assert.equal((await subscriber.message()).text, `${n}`);
      await published;
      await publisher.close();
      await subscriber.close();
    }
  },
};

const [, , name, port] = process.argv;
scenarios[name](Number(port)).then(
  () => { console.log('ok'); process.exit(0); },
  (error) => { console.error(error); process.exit(1); },
);
