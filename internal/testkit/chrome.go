package testkit

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A Chrome is one tab. Selectors are CSS; a step waits until its element is
// there and can be used, and fails the test when it does not come.
type Chrome struct {
	t        testing.TB
	ctx      context.Context
	problems problems
}

// openTab opens a tab with a profile of its own and closes it with the test.
func openTab(t testing.TB, browser context.Context) *Chrome {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	c := &Chrome{t: t, ctx: ctx}
	// The first call opens the tab, which would close with a limited context.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("no tab: %v", err)
	}
	if err := chromedp.Listen(ctx, c.problems.hear); err != nil {
		t.Fatal(err)
	}
	c.Viewport(1280, 800, false)
	return c
}

// Open goes to the address, waits until the page has loaded and returns the
// status of the server's last answer, or 0 where there is no server.
func (c *Chrome) Open(url string) int {
	c.t.Helper()
	return status(run(c, "open "+url, chromedp.NavigateResponse(url)))
}

// Click clicks the first visible match, as a person would: what covers it gets
// the click. It does not wait for what follows; see Follow.
func (c *Chrome) Click(selector string) {
	c.t.Helper()
	c.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Follow clicks a link or a button, waits until the page behind it has loaded
// and returns its status.
func (c *Chrome) Follow(selector string) int {
	c.t.Helper()
	click := chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)
	return status(run(c, "follow "+selector, func(ctx context.Context, t *chromedp.Target) (*network.Response, error) {
		return chromedp.RunResponse(ctx, click)
	}))
}

// Fill replaces what the field holds by the text, as pasting would, and lets
// the page know. For a select the text is an option's value, for a date, a
// range or a colour it is the value as HTML writes it.
func (c *Chrome) Fill(selector, text string) {
	c.t.Helper()
	c.do("fill "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
	typed := run(c, "fill "+selector, chromedp.Evaluate[bool](script(`((selector, text) => {
		const field = document.querySelector(selector)
		field.focus()
		const types = ['text', 'search', 'email', 'tel', 'url', 'password', 'number', 'textarea']
		if (types.includes(field.type)) {
			field.select()
			return true
		}
		field.value = text
		field.dispatchEvent(new Event('input', {bubbles: true}))
		field.dispatchEvent(new Event('change', {bubbles: true}))
		return false
	})`, selector, text)))
	switch {
	case !typed:
	case text == "":
		c.do("empty "+selector, chromedp.KeyEvent(kb.Delete))
	default:
		call(c, input.InsertText, input.InsertTextParams{Text: text})
	}
}

// Upload chooses files for a file field.
func (c *Chrome) Upload(selector string, paths ...string) {
	c.t.Helper()
	c.do("choose files in "+selector, chromedp.SetUploadFiles(chromedp.CSS(selector), paths))
}

// Press types into the element what cannot be seen: kb.Enter, kb.Tab, … of
// github.com/chromedp/chromedp/kb.
func (c *Chrome) Press(selector, keys string) {
	c.t.Helper()
	c.do("press keys in "+selector, chromedp.SendKeys(chromedp.CSS(selector), keys))
}

// Wait returns when a match can be seen.
func (c *Chrome) Wait(selector string) {
	c.t.Helper()
	c.do("wait for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// WaitGone returns when nothing matches any more.
func (c *Chrome) WaitGone(selector string) {
	c.t.Helper()
	c.do("wait until "+selector+" is gone", chromedp.WaitNotPresent(chromedp.CSS(selector)))
}

// Text is what a person reads in the first visible match.
func (c *Chrome) Text(selector string) string {
	c.t.Helper()
	return run(c, "read "+selector, chromedp.Text(chromedp.CSS(selector)))
}

// Value is what the field holds.
func (c *Chrome) Value(selector string) string {
	c.t.Helper()
	return run(c, "read "+selector, chromedp.Value(chromedp.CSS(selector)))
}

// Attr is the attribute of the first match, or "" when it has none.
func (c *Chrome) Attr(selector, name string) string {
	c.t.Helper()
	return run(c, "read "+selector, chromedp.AttributeValue(chromedp.CSS(selector), name)).Value
}

// Count is how many elements match right now, without waiting.
func (c *Chrome) Count(selector string) int {
	c.t.Helper()
	return Eval[int](c, script("(selector => document.querySelectorAll(selector).length)", selector))
}

// URL is the address in the address bar.
func (c *Chrome) URL() string {
	c.t.Helper()
	return run(c, "read the address", chromedp.Location())
}

// Title is the title of the page.
func (c *Chrome) Title() string {
	c.t.Helper()
	return run(c, "read the title", chromedp.Title())
}

// Eval is the value of a JavaScript expression on the page; a promise is
// awaited. T is what JSON makes of it, any where the value does not matter.
func Eval[T any](c *Chrome, expression string) T {
	c.t.Helper()
	return run(c, "evaluate "+expression, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Screenshot writes a PNG of what can be seen, or of the whole page, however
// long. The folder is made when it is not there.
func (c *Chrome) Screenshot(path string, wholePage bool) {
	c.t.Helper()
	action := chromedp.CaptureScreenshot()
	if wholePage {
		action = chromedp.FullScreenshot(100)
	}
	png := run(c, "take a picture", action)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// Viewport sets the size of the page in CSS pixels. A mobile one has a touch
// screen, upright, and heeds the viewport tag.
func (c *Chrome) Viewport(width, height int, mobile bool) {
	c.t.Helper()
	var options []chromedp.EmulateViewportOption
	if mobile {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	c.do("set the viewport", chromedp.EmulateViewport(int64(width), int64(height), options...))
}

// ColorScheme is what the person prefers: "light" or "dark".
func (c *Chrome) ColorScheme(scheme string) {
	c.t.Helper()
	call(c, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

// Agent has the browser call itself so; of itself it says that it is a program.
func (c *Chrome) Agent(name string) {
	c.t.Helper()
	call(c, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: name})
}

// Language is what the person prefers to read, as in "fa" or "fa,en;q=0.5".
func (c *Chrome) Language(accept string) {
	c.t.Helper()
	call(c, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"Accept-Language": accept},
	})
}

// Scripts turns the page's JavaScript on or off, from the next page on. Steps
// and Eval work in both cases.
func (c *Chrome) Scripts(on bool) {
	c.t.Helper()
	call(c, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// Problems is what a person would find in the console: errors, uncaught
// exceptions and requests that failed, also those the server answered with 4xx
// or 5xx, in the order in which they came.
func (c *Chrome) Problems() []string {
	c.t.Helper()
	// Events arrive in order, so after this answer all earlier ones are here.
	Eval[int](c, "1")
	return c.problems.list()
}

// do runs the steps and fails the test when one of them cannot be done.
func (c *Chrome) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	run(c, what, chromedp.Steps(steps...))
}

// call sends the browser one command of its protocol.
func call[P, R any](c *Chrome, command cdp.Command[P, R], params P) {
	c.t.Helper()
	run(c, command.Method, func(ctx context.Context, t *chromedp.Target) (R, error) {
		return cdp.Call(ctx, t, command, params)
	})
}

// run runs one step within the step limit.
func run[T any](c *Chrome, what string, step chromedp.Action[T]) T {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, stepLimit)
	defer cancel()
	value, err := chromedp.Run(ctx, step)
	if err != nil {
		c.t.Fatalf("%s: %v; problems on the page: %q", what, err, c.problems.list())
	}
	return value
}

// script is the call of a JavaScript function with the arguments.
func script(function string, arguments ...string) string {
	quoted := make([]string, len(arguments))
	for i, a := range arguments {
		// A JSON string is a JavaScript string; it cannot fail to be made.
		text, _ := json.Marshal(a)
		quoted[i] = string(text)
	}
	return function + "(" + strings.Join(quoted, ", ") + ")"
}

func status(answer *network.Response) int {
	if answer == nil {
		return 0
	}
	return int(answer.Status)
}
