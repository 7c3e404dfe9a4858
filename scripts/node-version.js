// Plain JavaScript, so that an old Node can read it.
const wanted = 24
if (Number(process.versions.node.split('.')[0]) < wanted) {
  console.error(`Millrace needs Node ${wanted} or newer; this is ${process.version} (${process.execPath}).`)
  console.error('`npm install` brings one along: run it, then use the npm scripts (`npm test`, `npm start`), which find it by themselves.')
  process.exit(1)
}
