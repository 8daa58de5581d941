// Every call of @umami/node; an answer a line. COUNT: how often each.
const { Umami } = require("@umami/node");

const umami = new Umami({ hostUrl: "http://nowhere.test" });
umami.init({ hostUrl: process.env.INGEST_URL, websiteId: process.env.WEBSITE });

const tell = async (call) => {
  try {
    const answer = await call;
    console.log(JSON.stringify({ status: answer.status, body: await answer.json() }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
};

(async () => {
  for (let count = 0; count < +process.env.COUNT; count++) {
    await tell(umami.track({ hostname: "blog.example", url: `/page-${count}`, title: "A page", language: "de-DE" }));
    await tell(umami.track("signup", { plan: "pro", nested: { seats: 3 } }));
    await tell(umami.track({ name: "download", url: "/files", data: { file: "a.pdf" } }));
    await tell(umami.identify({ plan: "pro" }));
    umami.reset();
    await tell(umami.send({ website: process.env.WEBSITE, url: "/sent", hostname: "blog.example" }));
  }
})();
