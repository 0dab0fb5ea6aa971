/** What the pages' own files have in common: `vite.config.ts` puts it where their comments name it. */
export const HTML: Readonly<Record<string, string>> = {
  /** In the head of every page. */
  head: `\
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content" />
    <meta name="color-scheme" content="light dark" />
    <meta name="theme-color" content="#faf6ef" media="(prefers-color-scheme: light)" />
    <meta name="theme-color" content="#101b1c" media="(prefers-color-scheme: dark)" />
    <meta name="referrer" content="no-referrer" />
    <meta name="robots" content="noindex" />
    <link rel="icon" type="image/svg+xml" href="/src/icon.svg" />
`,
  /** What the pages of staff, screens and forms say where no script runs. */
  old: `\
    <div id="app">
      <p class="too-old">
        Siden kommer ikke fram. Nettleseren er kanskje for gammel. Oppdater den.
        <span lang="en">The page does not open. Your browser may be too old.</span>
      </p>
    </div>
    <noscript>
      <p class="page">
        Siden trenger JavaScript. Slå det på i nettleseren.
        <span lang="en">This page needs JavaScript.</span>
      </p>
    </noscript>
`,
};
