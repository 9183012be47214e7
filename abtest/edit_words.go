package abtest

import (
	"regexp"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// refusals are what the checks of a document say, as the pages say it: by the beginning of
// the sentence.
var refusals = []struct{ begins, key string }{
	{"another variant has this key", "experiments.bad.variant_key"},
	{"is too long: 120", "experiments.bad.long_name"},
	{"is too long: 500", "experiments.bad.long_hypothesis"},
	{"give every variant a weight", "experiments.bad.weights"},
	{"is too small beside the others", "experiments.bad.small_weight"},
	{"is less than 0.001", "experiments.bad.small_alpha"},
	{"is not the code of a language", "experiments.bad.language"},
	{"is not a language of our pages", "experiments.bad.language_ours"},
	{"must be more than from", "experiments.bad.namespace"},
	{"say how many visitors will convert", "experiments.bad.rate"},
	{"is more than all planned visitors", "experiments.bad.conversions"},
	{"each goal of the list has a key", "errors.required"},
	{"another goal has this key", "experiments.bad.goal_key"},
	{"there is one primary goal", "experiments.bad.primary"},
	{"one of the goals is the one", "experiments.bad.no_primary"},
	{ratioOfWhat, "experiments.bad.ratio"},
	{"name the property of the event", "experiments.bad.property"},
	{"begins or ends with a space", "experiments.bad.space"},
	{"is missing: the event that per_where", "experiments.bad.per"},
	{"is the event itself", "experiments.bad.ratio_one"},
	{"belongs to a goal of kind: ratio", "experiments.bad.only_ratio"},
	{"belongs to a goal of kind: value or ratio", "experiments.bad.only_amount"},
	{"belongs to a goal of kind", "experiments.bad.only_value"},
	{"is a minute or more", "experiments.bad.minute"},
	{"of the primary goal more is better", "experiments.bad.better"},
	{"is the address of a page", "experiments.bad.address"},
	{"is of visits to pages", "experiments.bad.audience"},
	{"cannot be earn outside", "experiments.bad.earn_outside"},
	{"cannot be earn with a coverage", "experiments.bad.earn_coverage"},
	{"cannot be earn with", "experiments.bad.earn_value"},
	{"there is no form", "experiments.bad.form"},
	{"can only be raised", "experiments.held.lower"},
	{"cannot change any more: the experiment is stopped", "experiments.held.stopped"},
	{"cannot change any more: the verdict stands", "experiments.held.decided"},
	{"cannot change once the experiment has started: in earning", "experiments.held.earns"},
	{"cannot change while, or after", "experiments.held.partly"},
	{"cannot change once the experiment has started: the SDKs", "experiments.held.outside"},
	{"cannot change once the experiment has started", "experiments.held.started"},
	{"it was stopped", "experiments.bad.again"},
	{decidedAlready, "experiments.bad.decided"},
	{"it has started", "experiments.bad.started"},
	{"it has not started", "experiments.bad.not_started"},
	{"the SDKs of programs outside", "experiments.bad.pause_outside"},
	{"visitors are still split", "experiments.bad.archive"},
	{"it is in the archive", "experiments.held.archived"},
}

// roomTaken is what checkRoom says of a namespace.
var roomTaken = regexp.MustCompile(`^the experiment "([^"]*)", which runs, has`)

// say puts what the checks say into the reader's language, as far as pages have words for
// it; the rest stays as it is.
func say(page web.Page, bad errs.Fields) map[string]string {
	said := page.Say(bad)
	for path, message := range bad {
		if strings.HasPrefix(message, "experiments.") {
			said[path] = page.T(message)
		}
		if m := roomTaken.FindStringSubmatch(message); m != nil {
			said[path] = page.T("experiments.bad.room", "experiment", m[1])
		}
		for _, r := range refusals {
			if strings.HasPrefix(message, r.begins) {
				said[path] = page.T(r.key)
				break
			}
		}
		// The tags of a document speak of shares, its form of per cent.
		name := path[strings.LastIndex(path, ".")+1:]
		if inPercent[name] && strings.HasPrefix(message, "errors.") && strings.Contains(message, "=") {
			said[path] = page.T("experiments.bad.percent")
			if key := "experiments.bad.percent." + name; page.Has(key) { // other limits
				said[path] = page.T(key)
			}
			if of := strings.Split(path, "."); len(of) == 2 && of[0] == "namespace" {
				said[path] = page.T("experiments.bad.piece")
			}
		}
	}
	return said
}

// inPercent are the fields that the form asks for in per cent.
var inPercent = map[string]bool{
	"coverage": true, "cap": true, "from": true, "to": true, "planned_conversion_rate": true, "minimum_effect": true, "alpha": true,
}
