// Does what it is told, line by line: a name of `calls` and numbers for it; the answer is a line of JSON.
const lines = require("node:readline").createInterface({ input: process.stdin });

module.exports = async (calls) => {
  for await (const line of lines) {
    const [name, ...rest] = line.split(" ");
    console.log(JSON.stringify((await calls[name](...rest.map(Number))) ?? null));
  }
};
