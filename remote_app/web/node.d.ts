/** What of Node the build reads files with; its own types would be a package more. */
declare module "node:fs" {
  export function readFileSync(path: string, encoding: "utf8"): string;
}
