// Pictures to convert, drawn by the browser: small ones that are read in a moment, and a long one.

import { writeFile } from "node:fs/promises";

const STYLE = `* { box-sizing: border-box } body { margin: 0; font: 16px/1.5 "Liberation Sans", Arial, "Noto Sans CJK SC", sans-serif; color: #1c2333; background: #fff }`;

const LOGIN = `
<main style="width: 320px; margin: 24px auto; padding: 24px; border: 1px solid #ccd3e0; border-radius: 8px">
<h1 style="margin: 0 0 16px; font-size: 26px">Welcome back</h1>
<label>Email</label><div style="height: 36px; border: 1px solid #99a; border-radius: 4px; margin-bottom: 16px; padding: 5px 10px; color: #778">you@example.org</div>
<div style="background: #1f5fd0; color: #fff; border-radius: 4px; padding: 8px; text-align: center">Sign in</div>
</main>`;

const CHINESE = `
<main style="padding: 32px"><h1 style="margin: 0; font-size: 30px">春天的花园</h1>
<p>周末来看看新开的樱花。</p></main>`;

const paragraph =
  "The quick brown fox jumps over the lazy dog while the band plays on in the hall. ";
const LONG = `<main style="padding: 40px"><h1>Minutes of the meeting</h1>${Array.from(
  { length: 22 },
  (_, n) => `<h2>Point ${n + 1}</h2><p>${paragraph.repeat(6)}</p>`,
).join("")}</main>`;

const DRAWINGS = {
  login: { html: LOGIN, width: 400, height: 300 },
  chinese: { html: CHINESE, width: 480, height: 180 },
  long: { html: LONG, width: 1280, height: 3600 },
};

/** Draw the named pictures (see DRAWINGS); returns their bytes by name. */
export async function drawPictures(browser, ...names) {
  const drawn = {};
  for (const name of names) {
    const { html, width, height } = DRAWINGS[name];
    const page = await browser.newPage({ viewport: { width, height } });
    await page.setContent(`<style>${STYLE}</style>${html}`);
    drawn[name] = await page.screenshot();
    await page.close();
  }
  return drawn;
}

/** The beginning of a picture and nothing more. */
export async function writeBroken(file, picture) {
  await writeFile(file, picture.subarray(0, 200));
}
