package templates

import (
	"fmt"
	"html/template"
)

// icons are drawn for Sarnakh on a 24 by 24 grid, with one stroke width and
// round ends, like thread.
var icons = map[string]string{
	"home":        `<path d="M4 11 12 4l8 7"/><path d="M6 9.5V19a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V9.5"/><path d="M10 20v-5h4v5"/>`,
	"leads":       `<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c.4-3.8 3-6 6.5-6s6.1 2.2 6.5 6"/><path d="M16 4.8a3.5 3.5 0 0 1 0 6.4"/><path d="M18 14.6c2 .8 3.2 2.7 3.5 5.4"/>`,
	"segments":    `<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5V12l6 6M12 12H3.5"/>`,
	"forms":       `<rect x="4" y="3.5" width="16" height="17" rx="2.5"/><path d="M8 8.5h3"/><rect x="8" y="11.5" width="8" height="4" rx="1"/>`,
	"journeys":    `<circle cx="6" cy="5.5" r="2.5"/><circle cx="18" cy="18.5" r="2.5"/><path d="M8.5 5.5H15a3.25 3.25 0 0 1 0 6.5H9a3.25 3.25 0 0 0 0 6.5h6.5"/>`,
	"experiments": `<path d="M12 21v-6"/><path d="M12 15c0-4-6-3-6-8V4"/><path d="M12 15c0-4 6-3 6-8V4"/><path d="m3.5 6.5 2.5-3 2.5 3"/><path d="m15.5 6.5 2.5-3 2.5 3"/>`,
	"offers":      `<path d="M3.5 12V5A1.5 1.5 0 0 1 5 3.5h7l8.2 8.2a1.5 1.5 0 0 1 0 2.1l-6.4 6.4a1.5 1.5 0 0 1-2.1 0z"/><circle cx="8" cy="8" r="1.25"/>`,
	"loyalty":     `<path d="m12 3.5 2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z"/>`,
	"mailbox":     `<rect x="3" y="5" width="18" height="14" rx="2.5"/><path d="m3.5 7.5 7.2 5.3a2.2 2.2 0 0 0 2.6 0l7.2-5.3"/>`,
	"key":         `<circle cx="8" cy="16" r="4"/><path d="m11 13 9-9"/><path d="m16 8 3 3M13.5 10.5l2 2"/>`,
	"sign-out":    `<path d="M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4"/><path d="M4 12h10.5"/><path d="m8 8-4 4 4 4"/>`,
	"menu":        `<path d="M4 7h16M4 12h16M4 17h10"/>`,
	"sun":         `<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"/>`,
	"moon":        `<path d="M20 14.2A8.2 8.2 0 1 1 9.8 4a6.6 6.6 0 0 0 10.2 10.2z"/>`,
	"auto":        `<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5v17"/><path d="M12 3.5a8.5 8.5 0 0 1 0 17z" fill="currentColor"/>`,
	"plus":        `<path d="M12 5v14M5 12h14"/>`,
	"check":       `<path d="m4.5 12.5 5 5 10-11"/>`,
	"close":       `<path d="m6 6 12 12M18 6 6 18"/>`,
	"warning":     `<path d="M12 4 2.8 19.5h18.4z"/><path d="M12 10v4.5M12 17v.1"/>`,
	"info":        `<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 8v.1"/>`,
	"clock":       `<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.2 2"/>`,
	"send":        `<path d="M20.5 3.5 10 14"/><path d="m20.5 3.5-6.5 17-4-6.5-6.5-4z"/>`,
	"open":        `<path d="M2.5 12C4.5 8 8 5.5 12 5.5S19.5 8 21.5 12c-2 4-5.5 6.5-9.5 6.5S4.5 16 2.5 12z"/><circle cx="12" cy="12" r="3"/>`,
	"click":       `<path d="m9.5 9.5 3.7 11 2.2-4.9 4.9-2.2z"/><path d="M8 2.5v2.3M2.5 8h2.3M4.1 4.1l1.6 1.6M11.9 4.1l-1.6 1.6M4.1 11.9l1.6-1.6"/>`,
	"link":        `<path d="M10 14a4 4 0 0 0 5.7 0l3.6-3.6a4 4 0 0 0-5.7-5.7L12.3 6"/><path d="M14 10a4 4 0 0 0-5.7 0l-3.6 3.6a4 4 0 0 0 5.7 5.7l1.3-1.3"/>`,
	"copy":        `<rect x="8.5" y="8.5" width="12" height="12" rx="2.5"/><path d="M15.5 8.5V6A2.5 2.5 0 0 0 13 3.5H6A2.5 2.5 0 0 0 3.5 6v7A2.5 2.5 0 0 0 6 15.5h2.5"/>`,
	"search":      `<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>`,
	"download":    `<path d="M12 4v11"/><path d="m7.5 11 4.5 4.5 4.5-4.5"/><path d="M4.5 20h15"/>`,
	"upload":      `<path d="M12 16V5"/><path d="m7.5 9 4.5-4.5L16.5 9"/><path d="M4.5 20h15"/>`,
	"phone":       `<path d="M5 4.5h3.5l1.5 4-2 1.5a11 11 0 0 0 6 6l1.5-2 4 1.5V19a1.5 1.5 0 0 1-1.5 1.5A15.5 15.5 0 0 1 3.5 6 1.5 1.5 0 0 1 5 4.5z"/>`,
	"talk":        `<path d="M4 5.5h11a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5H9l-4 3.5v-3.5H4A1.5 1.5 0 0 1 2.5 13V7A1.5 1.5 0 0 1 4 5.5z"/><path d="M19 9h1a1.5 1.5 0 0 1 1.5 1.5V16a1.5 1.5 0 0 1-1.5 1.5h-1V20l-3-2.5h-3.5"/>`,
	"branch":      `<circle cx="6" cy="5.5" r="2.5"/><circle cx="6" cy="18.5" r="2.5"/><circle cx="18" cy="8" r="2.5"/><path d="M6 8v8"/><path d="M18 10.5c0 4-9 1.5-12 5.5"/>`,
	"bolt":        `<path d="M13 3 5 13.5h6L10 21l9-11h-6z"/>`,
	"gift":        `<rect x="3.5" y="8.5" width="17" height="4" rx="1"/><path d="M5 12.5V20h14v-7.5M12 8.5V20"/><path d="M12 8.5C10 3.5 5.5 4 6.5 7c.4 1.2 3 1.5 5.5 1.5zM12 8.5c2-5 6.5-4.5 5.5-1.5-.4 1.2-3 1.5-5.5 1.5z"/>`,
	"flag":        `<path d="M5.5 21V4"/><path d="M5.5 5c4-2.5 8 2.5 13 0v9c-5 2.5-9-2.5-13 0"/>`,
	"mark":        `<path d="M8 4h8a1.5 1.5 0 0 1 1.5 1.5V20L12 16l-5.5 4V5.5A1.5 1.5 0 0 1 8 4z"/>`,
	"edit":        `<path d="m14.5 5.5 4 4"/><path d="M4 20l1-4.5L16 4.5a1.8 1.8 0 0 1 2.5 0l1 1a1.8 1.8 0 0 1 0 2.5L8.5 19z"/>`,
	"trash":       `<path d="M4 6.5h16M9.5 6.5V4h5v2.5M6 6.5 7 20h10l1-13.5M10 10.5v6M14 10.5v6"/>`,
	"pause":       `<path d="M8.5 5v14M15.5 5v14"/>`,
	"play":        `<path d="M7 4.5 19 12 7 19.5z"/>`,
	"globe":       `<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17"/>`,
	"shield":      `<path d="M12 3 5 5.5v6c0 4.5 3 7.5 7 9.5 4-2 7-5 7-9.5v-6z"/><path d="m9 12 2.2 2.2L15.2 10"/>`,
	"chart":       `<path d="M4 4v14.5A1.5 1.5 0 0 0 5.5 20H20"/><path d="m7.5 15 4-5 3 3 5-7"/>`,
	"previous":    `<path d="m14.5 6-6 6 6 6"/>`,
	"next":        `<path d="m9.5 6 6 6-6 6"/>`,
	"logo":        `<path class="thread" d="M12.6 11.7a1.8 1.8 0 1 0-1.9 2.1c2.5.1 4.2-1.7 4.2-4.1 0-3-2.3-5.2-5.2-5.2-3.6 0-6.3 2.8-6.3 6.4 0 4.2 3.3 7.3 7.4 7.3 4 0 5.7-2.5 7.9-3.6"/><circle class="knot" cx="20.4" cy="13.7" r="1.9"/>`,
}

// mirrored icons point along the line of text and turn with its direction.
var mirrored = map[string]bool{
	"sign-out": true, "send": true, "next": true, "previous": true, "menu": true, "journeys": true, "branch": true, "logo": true,
}

// icon draws one of the icons, hidden from screen readers: the text beside it,
// or the label of its button, says what it means. An unknown name is an error.
func icon(name string) (template.HTML, error) {
	drawing, ok := icons[name]
	if !ok {
		return "", fmt.Errorf("no icon %q", name)
	}
	class := "icon"
	if mirrored[name] {
		class += " flips"
	}
	return template.HTML(`<svg class="` + class + `" viewBox="0 0 24 24" aria-hidden="true" focusable="false">` + drawing + `</svg>`), nil
}
