package main

import (
	"testing"

	"github.com/sarnakh/sarnakh/forms"
)

func TestAPageWhoseVersionsHaveSeveralFormsBringsNoneOfThemToAPlan(t *testing.T) {
	d := &forms.PageDefinition{Variants: []forms.PageVariant{{Form: "guide"}, {Form: "guide"}}}
	if got := onlyForm(d); got != "guide" {
		t.Errorf("%q of versions that all have the guide", got)
	}
	d.Variants[1].Form = "demo"
	if got := onlyForm(d); got != "" {
		t.Errorf("%q would leave out what the other version's form brings", got)
	}
}
