// `npm run package`: the wheel of the server and the bundle of the extension, together in one .vsix.

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure, isMain, main, must, ROOT, told } from "./run.mjs";
import { python, setUp } from "./setup.mjs";

const DIST = join(ROOT, "dist");
const BUNDLED = join(DIST, "bundled");

/** Make the .vsix; returns its path. */
export async function makePackage() {
  await told("Wheel of the server", makeWheel);
  await told("Bundle of the extension", bundleExtension);
  return told("Package", makeVsix);
}

/** Build the server's wheel into dist/bundled, where the extension looks for it; returns its path. */
export async function makeWheel() {
  await rm(BUNDLED, { recursive: true, force: true });
  await mkdir(BUNDLED, { recursive: true });
  const args = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", BUNDLED, ROOT];
  const env = { PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1" };
  await must("The wheel could not be built.", python(), args, { log: "wheel", env });
  const [wheel] = await readdir(BUNDLED);
  return join(BUNDLED, wheel);
}

/** Bundle extension/src into dist/extension.js, with the licences of what is bundled beside it. */
export async function bundleExtension() {
  const { metafile } = await bundle(join(ROOT, "extension", "src", "extension.ts"), {
    outfile: join(DIST, "extension.js"),
    minify: true,
    metafile: true,
  });
  await writeFile(join(DIST, "THIRD-PARTY.txt"), await licencesOf(Object.keys(metafile.inputs)));
}

/** Bundle TypeScript for the editor's extension host; `options` are esbuild's. */
export async function bundle(entry, options) {
  const { build } = await import("esbuild");
  return build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["vscode"],
    logLevel: "warning",
    ...options,
  });
}

/** Pack what .vscodeignore lets through; returns the path of the .vsix. */
export async function makeVsix() {
  const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  // The extension takes only a server of its own version.
  const [wheel] = await readdir(BUNDLED);
  if (!wheel?.startsWith(`pixelwright-${version}-`))
    throw new Failure(
      `The wheel is ${wheel}, and package.json says ${version}: make them the same.`,
    );
  const packagePath = join(DIST, `pixelwright-${version}.vsix`);
  const { createVSIX } = await import("@vscode/vsce");
  await createVSIX({
    cwd: ROOT,
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  return packagePath;
}

async function licencesOf(inputs) {
  const folders = inputs.flatMap((input) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []);
  const texts = [...new Set(folders)].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(
      await readFile(join(ROOT, folder, "package.json"), "utf8"),
    );
    const file = (await readdir(join(ROOT, folder))).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? await readFile(join(ROOT, folder, file), "utf8") : `Licence: ${license}`;
    return `${name} ${version}\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

if (isMain(import.meta.url))
  await main(async () => {
    await setUp(["python", "node"]);
    console.log(await makePackage());
  });
