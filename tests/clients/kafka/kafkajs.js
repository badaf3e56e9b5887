// kafkajs: admin, a producer with gzip, a group whose second member takes over. It closes and opens fetch sessions.
//
//     NODE_PATH=node_modules node kafkajs.js HOST:PORT

const { Kafka, CompressionTypes, logLevel } = require('kafkajs')

const WHO = `kafkajs ${require('kafkajs/package.json').version}`
const kafka = new Kafka({ clientId: 'js', brokers: [process.argv[2]], logLevel: logLevel.ERROR })
const fresh = (name) => `${name}-${Math.random().toString(16).slice(2, 10)}`
let failed = false

async function check(name, run) {
  try {
    await run()
    console.log(`ok ${WHO}: ${name}`)
  } catch (error) {
    failed = true
    console.log(`FAIL ${WHO}: ${name}: ${String(error).split('\n')[0]}`)
  }
}

function equal(found, expected) {
  const [a, b] = [found, expected].map((value) => JSON.stringify(value))
  if (a !== b) throw new Error(`${a} instead of ${b}`)
}

function within(seconds, promise, what) {
  let timer
  const late = new Promise((_, no) => {
    timer = setTimeout(() => no(new Error(`not within ${seconds} s: ${what}`)), seconds * 1000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

async function consume(topic, groupId, count) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 500 })
  const seen = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  try {
    await within(30, new Promise((done) => consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(message.value.toString())
        if (seen.length === count) done()
      },
    })), `${count} messages`)
  } finally {
    await consumer.disconnect()
  }
  return seen.sort()
}

async function main() {
  const admin = kafka.admin()
  const producer = kafka.producer()
  await admin.connect()
  await producer.connect()
  const topic = fresh('js')
  const send = (values, compression) =>
    producer.send({ topic, compression, messages: values.map((value) => ({ key: value, value })) })
  await check('topics are made and described', async () => {
    await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true })
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    equal(topics[0].partitions.length, 3)
    equal((await admin.describeCluster()).brokers.length, 1)
  })
  await check('a group goes on where it was', async () => {
    const groupId = fresh('js')
    await send(['a', 'b', 'c'], CompressionTypes.GZIP)
    equal(await consume(topic, groupId, 3), ['a', 'b', 'c'])
    await send(['d', 'e'])
    equal(await consume(topic, groupId, 2), ['d', 'e'])
    const offsets = await admin.fetchOffsets({ groupId, topics: [topic] })
    equal(offsets[0].partitions.map(({ offset }) => Number(offset)).filter((n) => n > 0).reduce((a, b) => a + b), 5)
    await admin.deleteGroups([groupId])
  })
  await check('configs, records and topics go', async () => {
    const { resources } = await admin.describeConfigs({ resources: [{ type: 2, name: topic }] })
    equal(resources[0].configEntries.some(({ configName }) => configName === 'retention.ms'), true)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '-1' }] })
    await admin.deleteTopics({ topics: [topic] })
  })
  await producer.disconnect()
  await admin.disconnect()
  process.exit(failed ? 1 : 0)
}

main()
