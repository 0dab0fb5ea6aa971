import { type Plugin, defineConfig } from "vite";
import { HTML } from "./src/html.ts";

/** What pages have in common stands once. */
const shared: Plugin = {
  name: "shared",
  transformIndexHtml: {
    order: "pre",
    handler: (html) => html.replaceAll(/^ *<!-- (\w+) -->\n/gm, (comment, part: string) => HTML[part] ?? comment),
  },
};

/** Icons stand in the page itself, as large as the words beside them: what only a file of its own needs is left out,
 *  and so are hundredths of a pixel. */
const icons: Plugin = {
  name: "icons",
  transform: (code, id) => (id.endsWith(".svg?raw") ? bare(code) : null),
};

function bare(svg: string): string {
  const start = '<svg viewBox=\\"0 0 24 24\\" fill=\\"none\\">';
  return svg
    .replace(/<svg [^>]*>(\\n)?/, start)
    .replaceAll(' clip-rule=\\"evenodd\\"', "")
    .replaceAll(/\d+\.\d{3,}/g, (number) => `${Number(Number(number).toFixed(2))}`);
}

/** What is fetched later is one script with no style of its own: nothing has to be there before it. */
const parts: Plugin = {
  name: "parts",
  transform: (_, id) => (id.includes("vite/preload-helper") ? "export const __vitePreload = (load) => load();" : null),
};

/** What the leader's page and a screen have of the patient's media is a copy of their own each: shared, it would be a
 *  script more that the patient's page waits for, and that what it fetches later needs. */
const COPY = /\?(?:leader|screen)$/;
const copied: Plugin = {
  name: "copied",
  enforce: "pre",
  async resolveId(source, importer) {
    const copy = COPY.exec(importer ?? "")?.[0] ?? /\/src\/(leader|screen)\//.exec(importer ?? "")?.[1];
    if (!copy || !/\/(?:session\/(?:watching|watchRule|media|ice)|store|media|ice|watchRule)$/.test(source)) return null;
    const found = await this.resolve(source, importer?.replace(COPY, ""), { skipSelf: true });
    return found && /\/src\/(?:session\/\w+|store)\.ts$/.test(found.id) ? `${found.id}?${copy.replace("?", "")}` : found;
  },
  async load(id) {
    if (!COPY.test(id)) return null;
    return { code: await this.fs.readFile(id.replace(COPY, ""), { encoding: "utf8" }), moduleType: "ts" };
  },
};

/** The service worker is told what belongs to the patient's page: all but the staff's, and letters that only Sámi needs. */
const shell: Plugin = {
  name: "shell",
  generateBundle(_, bundle) {
    const ours = Object.keys(bundle).filter((name) => /^assets\/(?!leader|screen|login|courses|answer|ownwords|form-|inter-latin-ext)/.test(name));
    const worker = bundle["sw.js"];
    if (worker?.type !== "chunk" || worker.imports.length > 0) throw new Error("sw.js has to be one script");
    worker.code = `const SHELL_ASSETS=${JSON.stringify(ours.map((name) => `/static/${name}`))};\n${worker.code}`;
  },
};

export default defineConfig({
  base: "/static/",
  plugins: [shared, copied, icons, parts, shell],
  build: {
    target: ["es2022", "safari15.4", "chrome105", "firefox115"],
    assetsInlineLimit: 0, // the content security policy lets fonts and scripts come from this site only
    modulePreload: {
      polyfill: false,
      // what is fetched later is one script, and has its own way to be fetched again (`session/part.ts`)
      resolveDependencies: (_, needed, { hostType }) => (hostType === "html" ? needed : []),
    },
    rolldownOptions: {
      input: {
        index: "index.html",
        leader: "leader.html",
        screen: "screen.html",
        login: "login.html",
        courses: "courses.html",
        answer: "answer.html",
        sw: "src/shell/sw.ts",
      },
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
});
