import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/",
  build: {
    target: ["es2022", "safari15.4", "chrome105", "firefox115"],
    assetsInlineLimit: 0, // the content security policy lets fonts and scripts come from this site only
    modulePreload: { polyfill: false },
  },
});
