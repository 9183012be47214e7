package testkit

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

// stepLimit is how long one step on a page may take.
const stepLimit = 20 * time.Second

// browser is the one Chromium of the test process, started with the first
// Browser call and closed by Main.
var browser struct {
	once  sync.Once
	ctx   context.Context
	close func() error
	err   error
}

// Browser is a tab in headless Chromium with cookies and storage of its own,
// 1280 by 800 pixels, light. It is closed with the test. The browser is found
// in PATH, or is the program that SARNAKH_TEST_CHROMIUM names.
func Browser(t testing.TB) *Chrome {
	t.Helper()
	program, ok := programs.Chromium.Find()
	if !ok {
		lacking(t, "no Chromium in PATH, and SARNAKH_TEST_CHROMIUM names none")
	}
	folder := sharedFolder(t)
	browser.once.Do(func() { browser.err = startBrowser(program, filepath.Join(folder, "profile")) })
	if browser.err != nil {
		t.Fatalf("Chromium did not start: %v", browser.err)
	}
	return openTab(t, browser.ctx)
}

// startBrowser starts Chromium with its profile in the folder.
func startBrowser(program, profile string) error {
	if err := os.Mkdir(profile, 0o700); err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.UserDataDir(profile),
		// As root, in containers, there is no sandbox; it only sees our pages.
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		// The same picture on every machine.
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "en"),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	// The browser lives as long as the context of its first call, which for
	// that reason has no time limit.
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		stop()
		return err
	}
	browser.ctx = ctx
	browser.close = func() error {
		defer stop()
		defer cancel()
		limited, done := context.WithTimeout(ctx, stepLimit)
		defer done()
		return chromedp.Cancel(limited)
	}
	return nil
}

// closeBrowser ends the browser if there is one.
func closeBrowser() error {
	if browser.close == nil {
		return nil
	}
	if err := browser.close(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
