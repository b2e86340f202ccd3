// Start a PLC directory and a PDS on loopback, say where they are in one line of JSON, and stop when standard input ends.
// node start.mjs FOLDER PLC_PORT PDS_PORT      FOLDER holds node_modules with @atproto/dev-env
import { createRequire } from 'node:module'

const [folder, plcPort, pdsPort] = process.argv.slice(2)
const { TestNetworkNoAppView } = createRequire(`${folder}/package.json`)('@atproto/dev-env')

const network = await TestNetworkNoAppView.create({
  plc: { port: Number(plcPort) },
  pds: { port: Number(pdsPort), hostname: 'localhost' },
})
console.log(JSON.stringify({ plc: network.plc.url, pds: network.pds.url }))

const stop = async () => {
  await network.close()
  process.exit(0)
}
process.stdin.on('end', stop).resume()
process.on('SIGTERM', stop)
