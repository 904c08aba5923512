// Pictures to convert, drawn by the browser: small ones that are read in a moment, and a long one.

const STYLE = `* { box-sizing: border-box } body { margin: 0; font: 16px/1.5 "Liberation Sans", Arial, "Noto Sans CJK SC", sans-serif; color: #1c2333; background: #fff }`;

const LOGIN = `
<main style="width: 320px; margin: 24px auto; padding: 24px; border: 1px solid #ccd3e0; border-radius: 8px">
<h1 style="margin: 0 0 16px; font-size: 26px">Welcome back</h1>
<label>Email</label><div style="height: 36px; border: 1px solid #99a; border-radius: 4px; margin-bottom: 16px; padding: 5px 10px; color: #778">you@example.org</div>
<div style="background: #1f5fd0; color: #fff; border-radius: 4px; padding: 8px; text-align: center">Sign in</div>
</main>`;

const CARD = `
<header style="display: flex; gap: 24px; padding: 12px 24px; background: #16324f; color: #fff">
<strong style="flex: 1">Seaside</strong><span>Trips</span><span>Prices</span><span>Contact</span></header>
<main style="display: flex; gap: 24px; padding: 24px">
<svg width="320" height="234" viewBox="0 0 260 190"><defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#f8b26a"/><stop offset="1" stop-color="#5ba4cf"/></linearGradient></defs>
<rect width="260" height="190" fill="url(#sky)"/><circle cx="190" cy="60" r="24" fill="#fff3c4"/>
${Array.from({ length: 14 }, (_, n) => `<path d="M0 ${120 + n * 5}q65 ${-8 + (n % 3) * 6} 130 0t130 0v80H0z" fill="rgb(${20 + n * 4} ${70 + n * 3} ${110 - n * 3})"/>`).join("")}
<path d="M70 118l16-52 26 52zM60 122h70l-12 18H72z" fill="#7a2f2a"/></svg>
<section><h1 style="margin: 0 0 8px; font-size: 34px">Harbour at dawn</h1>
<p style="margin: 0 0 16px; width: 400px">A quiet morning on the water, with coffee on board. Two hours, every Saturday in May.</p>
<span style="display: inline-block; padding: 8px 20px; border-radius: 6px; background: #c4472f; color: #fff">Book a seat</span></section></main>`;

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
  card: { html: CARD, width: 900, height: 330 },
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
    drawn[name] = await screenshot(page);
    await page.close();
  }
  return drawn;
}

/** A browser on a busy machine sometimes fails to take a picture, and takes it a moment later. */
async function screenshot(page, tries = 3) {
  try {
    return await page.screenshot();
  } catch (error) {
    if (tries === 1) throw error;
    await page.waitForTimeout(1000);
    return screenshot(page, tries - 1);
  }
}
