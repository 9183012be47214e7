package campaigns

import (
	"context"
	"log/slog"
	"testing"
	"testing/fstest"

	"github.com/sarnakh/sarnakh/forms"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

const blockStyle = `
kind: journey
key: block
name: Block style
trigger:
  event: Form Submitted
  where:
    form: guide
  condition:
    points: 1
entry: every
at_most: 3
steps:
  - send: coffee-guide
  - wait: 2d
  - branch:
      if:
        event: Email Link Clicked
        where:
          email: coffee-guide
        within: 7d
      then:
        - award: 50
          reason:
            fa: هدیه
            en: A gift
      else:
        - wait: 1w
        - send: reminder
  - exit: true
`

const guideForm = `
kind: form
key: guide
name: Guide
title: Guide
thanks: {title: Thanks}
fields: [{name: email, type: email, label: E-mail, required: true}]
button: Send
`

func TestFilesOfACampaignAreAppliedOnce(t *testing.T) {
	h := newHouse(t, testkit.Database{Dir: t.TempDir()})
	kinds := append(h.shelf.Kinds(), h.Kinds()...)
	kinds = append(kinds, forms.New(h.db, h.clock, slog.New(slog.DiscardHandler), h.leads, nil, nil).Kinds()...)
	files := fstest.MapFS{"campaign.yaml": {Data: []byte(guideForm + "---" + guideMail + "---" + reminderMail + "---" + offerMail + "---" + firstOrder + "---" + nurture + "---" + blockStyle)}}
	for round := range 2 {
		b, err := manifest.Load(files, []string{"campaign.yaml"}, kinds)
		must(t, err)
		changes, err := b.Apply(context.Background(), h.db, kinds)
		must(t, err)
		for _, c := range changes {
			if (c.Diff == "") != (round == 1) {
				t.Errorf("round %d: %s %s changes\n%s", round, c.Kind, c.Key, c.Diff)
			}
		}
	}
	if _, err := manifest.Schema(kinds); err != nil {
		t.Error(err)
	}
}
