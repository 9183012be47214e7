// Package discreet keeps people's addresses out of the log, whoever writes it.
package discreet

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

var address = regexp.MustCompile(`([\p{L}\p{N}])[\p{L}\p{N}._%+-]*@([\p{L}\p{N}.-]+)`)

// Mask leaves of each e-mail address in a text its first letter and its domain.
func Mask(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	return address.ReplaceAllString(text, "$1***@$2")
}

// Handler is a slog handler that masks e-mail addresses in messages, texts and errors.
type Handler struct{ slog.Handler }

// Handle masks the record and passes it on.
func (h Handler) Handle(ctx context.Context, r slog.Record) error {
	masked := slog.NewRecord(r.Time, r.Level, Mask(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		masked.AddAttrs(maskAttr(a))
		return true
	})
	return h.Handler.Handle(ctx, masked)
}

// WithAttrs masks the attributes once and for all.
func (h Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	masked := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		masked[i] = maskAttr(a)
	}
	return Handler{h.Handler.WithAttrs(masked)}
}

// WithGroup opens a group.
func (h Handler) WithGroup(name string) slog.Handler { return Handler{h.Handler.WithGroup(name)} }

func maskAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(Mask(v.String()))
	case slog.KindAny:
		switch x := v.Any().(type) {
		case error:
			a.Value = slog.StringValue(Mask(x.Error()))
		case fmt.Stringer:
			a.Value = slog.StringValue(Mask(x.String()))
		}
	case slog.KindGroup:
		group := v.Group()
		masked := make([]slog.Attr, len(group))
		for i, inner := range group {
			masked[i] = maskAttr(inner)
		}
		a.Value = slog.GroupValue(masked...)
	}
	return a
}
