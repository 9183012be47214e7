package testkit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// problems collects what goes wrong on the pages of one tab.
type problems struct {
	mu    sync.Mutex
	found []string
	asked map[network.RequestID]string // addresses of requests under way
}

// hear takes an event of the browser. It is called on the goroutine that reads
// them all, so it must not wait for anything.
func (p *problems) hear(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			p.found = append(p.found, "console: "+said(e.Args))
		}
	case *runtime.EventExceptionThrown:
		p.found = append(p.found, "exception: "+thrown(e.ExceptionDetails))
	case *log.EventEntryAdded:
		// Failed requests are told below, with more to say about them.
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			p.found = append(p.found, strings.TrimSpace(fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)))
		}
	case *network.EventRequestWillBeSent:
		if p.asked == nil {
			p.asked = make(map[network.RequestID]string)
		}
		p.asked[e.RequestID] = e.Request.URL
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 {
			p.found = append(p.found, fmt.Sprintf("request: %d %s", e.Response.Status, e.Response.URL))
		}
	case *network.EventLoadingFinished:
		delete(p.asked, e.RequestID)
	case *network.EventLoadingFailed:
		// What the page itself gave up is no failure.
		if !e.Canceled {
			p.found = append(p.found, fmt.Sprintf("request: %s %s", e.ErrorText, p.asked[e.RequestID]))
		}
		delete(p.asked, e.RequestID)
	}
}

func (p *problems) list() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.found)
}

// said is the text of a console call's arguments.
func said(arguments []*runtime.RemoteObject) string {
	var words []string
	for _, a := range arguments {
		var text string
		switch {
		case json.Unmarshal(a.Value, &text) == nil:
			words = append(words, text)
		case a.Description != "":
			words = append(words, a.Description)
		default:
			words = append(words, string(a.Value))
		}
	}
	return strings.Join(words, " ")
}

// thrown is the text of an uncaught exception and where it came from.
func thrown(e *runtime.ExceptionDetails) string {
	text := e.Text
	if e.Exception != nil && e.Exception.Description != "" {
		text = e.Exception.Description
	}
	return fmt.Sprintf("%s (%s:%d)", text, e.URL, e.LineNumber+1)
}
