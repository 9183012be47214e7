package content

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/osteele/liquid/parser"
	"github.com/osteele/liquid/render"
	"github.com/osteele/liquid/tags"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

const (
	maxSource = 20_000  // bytes of one text
	maxOutput = 100_000 // bytes that it may become
	maxNested = 8       // ifs within ifs
)

// merged is a text with merge tags, parsed once and filled in for each reader.
//
// Liquid can do more than an e-mail needs: read files, loop for ever, fill the
// memory. So only outputs and if/unless are let through, with our own filters, and
// every output ends in a filter that makes the value harmless where it stands.
type merged struct {
	node   render.Node
	config render.Config
}

// The filters that outputs end in. Their names cannot be written by a marketer.
const (
	asText = "sarnakh_as_text" // markup characters lose their meaning
	asURL  = "sarnakh_as_url"  // one value inside an address
)

// compileMerge parses source, whose values will be written the way of l. Within an
// address, and between the brackets of a link, values are escaped for addresses.
func compileMerge(source string, l i18n.Locale, address bool) (m *merged, err error) {
	defer func() {
		// Liquid's lexer panics at numbers that are too large.
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("a merge tag cannot be read: %v", p)
		}
	}()
	if len(source) > maxSource {
		return nil, fmt.Errorf("longer than %d bytes", maxSource)
	}
	if strings.ContainsRune(source, 0) {
		return nil, errors.New("has a NUL character")
	}
	fenced, err := fence(source, address)
	if err != nil {
		return nil, err
	}
	config := render.NewConfig()
	tags.AddStandardTags(config) // the fence has let none but if and unless through
	addFilters(&config, l)
	node, parseErr := config.Compile(fenced, parser.SourceLoc{})
	if parseErr != nil {
		return nil, fmt.Errorf("a merge tag cannot be read: %w", readable(parseErr))
	}
	return &merged{node, config}, nil
}

// fill writes the text for one reader.
func (m *merged) fill(vars map[string]any) (text string, err error) {
	defer func() {
		// A writer that refuses, and a filter that does not exist, surface as panics.
		if p := recover(); p != nil {
			text, err = "", fmt.Errorf("a merge tag fails: %v", p)
		}
	}()
	var out limited
	if err := render.Render(m.node, &out, vars, m.config); err != nil {
		return "", fmt.Errorf("a merge tag fails: %w", readable(err))
	}
	return out.String(), nil
}

// readable takes Liquid's frame, and the filters that we added, out of a message.
func readable(err error) error {
	text := strings.TrimPrefix(err.Error(), "Liquid error: ")
	return errors.New(strings.NewReplacer(" | "+asText, "", " | "+asURL, "").Replace(text))
}

var errTooLong = fmt.Errorf("it becomes longer than %d bytes", maxOutput)

type limited struct{ strings.Builder }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxOutput {
		return 0, errTooLong
	}
	return l.Builder.Write(p)
}

var _ io.Writer = (*limited)(nil)

// roots are what a merge tag may begin with.
var roots = []string{"lead", "offer", "points", "site"}

var (
	allowedTags = []string{"if", "elsif", "else", "endif", "unless", "endunless"}
	words       = []string{"and", "or", "contains", "true", "false", "nil"}
	quoted      = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	expression  = regexp.MustCompile(`^[\pL\pN_\s.|:,=!<>-]*$`)
	name        = regexp.MustCompile(`(\.|\|\s*)?[\pL_][\pL\pN_-]*:?`)
)

// fence lets through what an e-mail needs of Liquid and adds to each output the
// filter for where it stands.
func fence(source string, address bool) (string, error) {
	var out strings.Builder
	depth := 0
	for _, t := range parser.Scan(source, parser.SourceLoc{}, nil) {
		switch t.Type {
		case parser.TextTokenType:
			if i := slices.IndexFunc([]string{"{{", "}}", "{%", "%}"}, func(s string) bool { return strings.Contains(t.Source, s) }); i >= 0 {
				return "", errors.New("braces are not closed: write {{ … }} around a merge tag")
			}
			out.WriteString(t.Source)
		case parser.ObjTokenType:
			if err := checkExpression(t.Args); err != nil {
				return "", err
			}
			out.WriteString(strings.Replace(t.Source, t.Args, t.Args+filterFor(t.Args, out.String(), address), 1))
		case parser.TagTokenType:
			if !slices.Contains(allowedTags, t.Name) {
				return "", fmt.Errorf("{%% %s %%} is not for e-mails: only if and unless are", t.Name)
			}
			if err := checkExpression(t.Args); err != nil {
				return "", err
			}
			switch t.Name {
			case "if", "unless":
				depth++
			case "endif", "endunless":
				depth--
			}
			if depth < 0 || depth > maxNested {
				return "", fmt.Errorf("{%% %s %%} has no beginning, or stands more than %d deep", t.Name, maxNested)
			}
			out.WriteString(t.Source)
		}
	}
	if depth != 0 {
		return "", errors.New("an {% if %} is not closed by {% endif %}")
	}
	return out.String(), nil
}

// filterFor is what makes an output harmless after the text that stands before it.
func filterFor(output, before string, address bool) string {
	inside := address || strings.LastIndex(before, "](") > strings.LastIndex(before, ")")
	begins := address && before == "" || strings.HasSuffix(before, "](")
	switch {
	case !inside:
		return " | " + asText
	case begins && (output == "site" || output == "offer.url"):
		return "" // ours: they may begin an address
	}
	return " | " + asURL
}

// checkExpression refuses what could be more than a look-up, a comparison and
// filters, and names that no reader has.
func checkExpression(expr string) error {
	bare := quoted.ReplaceAllString(expr, `""`)
	if !expression.MatchString(strings.ReplaceAll(bare, `""`, "")) {
		return fmt.Errorf("%q: only names, comparisons, quoted text and filters can stand in a merge tag", expr)
	}
	for _, n := range name.FindAllString(bare, -1) {
		switch {
		case strings.HasPrefix(n, "|"):
			if filter := strings.Trim(n, "|: \t\n"); filters[filter] == nil {
				return fmt.Errorf("there is no filter %q", filter)
			}
		case !strings.HasPrefix(n, ".") && !slices.Contains(roots, n) && !slices.Contains(words, n):
			return fmt.Errorf("%q is unknown: a merge tag begins with lead, offer, points or site", n)
		}
	}
	return nil
}

// filters are what a marketer may use. They take any value and never fail.
var filters = map[string]func(l i18n.Locale) any{
	"default": func(i18n.Locale) any {
		return func(v, instead any) any {
			if v == nil || v == false || v == "" {
				return instead
			}
			return v
		}
	},
	"capitalize": func(i18n.Locale) any {
		return func(s string) string {
			r := []rune(s)
			if len(r) == 0 {
				return s
			}
			return strings.ToUpper(string(r[:1])) + string(r[1:])
		}
	},
	"upcase":   func(i18n.Locale) any { return strings.ToUpper },
	"downcase": func(i18n.Locale) any { return strings.ToLower },
	"strip":    func(i18n.Locale) any { return strings.TrimSpace },
	"truncate": func(i18n.Locale) any {
		return func(s string, length func(int) int) string {
			if r, n := []rune(s), max(0, length(50)); len(r) > n {
				return string(r[:n]) + "…"
			}
			return s
		}
	},
	"date":   func(l i18n.Locale) any { return func(v any) any { return written(v, l) } },
	"number": func(l i18n.Locale) any { return func(v any) any { return l.Num(v) } },
}

func addFilters(c *render.Config, l i18n.Locale) {
	for name, filter := range filters {
		c.AddFilter(name, filter(l))
	}
	c.AddFilter(asText, func(v any) string { return escapeMarkup(written(v, l)) })
	c.AddFilter(asURL, func(v any) string { return url.QueryEscape(plain(v)) })
}

// written is a value as the reader of l writes it, on one line.
func written(v any, l i18n.Locale) string {
	switch v := v.(type) {
	case time.Time:
		return l.Date(v)
	case int, int64, float64:
		return l.Num(v)
	}
	return plain(v)
}

func plain(v any) string {
	if v == nil {
		return ""
	}
	return strings.Join(strings.Fields(strings.ToValidUTF8(fmt.Sprint(v), "")), " ")
}
