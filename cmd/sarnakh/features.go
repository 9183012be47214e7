package main

import (
	"log/slog"
	"net/mail"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/access"
	"github.com/sarnakh/sarnakh/campaigns"
	"github.com/sarnakh/sarnakh/campaigns/content"
	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/forms"
	"github.com/sarnakh/sarnakh/insights"
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	smtp "github.com/sarnakh/sarnakh/internal/mail"
	"github.com/sarnakh/sarnakh/internal/mailbox"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/replay"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/leads/scoring"
	"github.com/sarnakh/sarnakh/leads/segments"
	"github.com/sarnakh/sarnakh/leads/transfer"
	"github.com/sarnakh/sarnakh/loyalty"
	"github.com/sarnakh/sarnakh/offers"
	"github.com/sarnakh/sarnakh/templates"
	"github.com/sarnakh/sarnakh/tracking"
	"github.com/sarnakh/sarnakh/webhooks"
	"github.com/sarnakh/sarnakh/workers"
)

// features are all the rooms of the house, joined: this is the one place where
// they meet.
type features struct {
	queue     *workers.Queue
	kit       *web.Kit
	access    *access.Service
	leads     *leads.Service
	scoring   *scoring.Service
	segments  *segments.Service
	transfer  *transfer.Service
	abtest    *abtest.Service
	forms     *forms.Service
	loyalty   *loyalty.Service
	offers    *offers.Service
	delivery  *delivery.Service
	campaigns *campaigns.Service
	insights  *insights.Service
	tracking  *tracking.Service
	webhooks  *webhooks.Service
	mailbox   *mailbox.Mailbox
	replays   *replay.Store
}

// newFeatures builds them over d, from the lowest floor up. Nothing runs yet.
func newFeatures(c *Config, d *db.DB, clk clock.Clock, log *slog.Logger, publicURL string) (*features, error) {
	set, err := templates.New()
	if err != nil {
		return nil, err
	}
	secret, err := c.secret()
	if err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, err
	}
	brand := c.brand(from.Name)

	f := &features{queue: workers.NewQueue(d, clk, log)}
	f.kit = &web.Kit{
		Templates: set, Clock: clk, PublicURL: publicURL, Zone: c.zone(), Language: c.language(), Brand: brand.Name, DevMailbox: c.SMTP == "",
	}
	f.access = access.New(d, clock.System{}, log, publicURL)
	f.leads = leads.New(d, clk, f.queue)
	f.leads.SetZone(c.zone())
	f.scoring = scoring.New(d, clk, f.leads, f.queue)
	f.segments = segments.New(d, clk, f.queue, f.leads, c.zone())
	f.scoring.OnRescored(f.segments.RefreshAll)
	f.abtest = abtest.New(d, clk, log, f.leads)
	f.abtest.SignWith(secure.NewSigner(secret))
	f.forms = forms.New(d, clk, log, f.leads, f.abtest, f.kit)
	f.forms.SignWith(secure.NewSigner(secret))
	f.loyalty = loyalty.New(d, clk, f.leads)
	f.offers = offers.New(d, clk, f.leads, f.abtest)
	f.delivery, err = delivery.New(d, clk, f.queue, f.leads, secure.NewSigner(secret),
		delivery.Config{FromName: brand.Name, FromAddress: from.Address, PublicURL: publicURL}, log)
	if err != nil {
		return nil, usageError{err}
	}
	f.campaigns = campaigns.New(d, clk, f.leads, f.queue,
		campaigns.Effects{Delivery: f.delivery, Loyalty: f.loyalty, Offers: f.offers, Experiments: f.abtest},
		campaigns.Look{Catalog: set.Catalog(), Zone: c.zone(), Language: c.language(), Brand: brand, Site: publicURL})
	f.transfer = transfer.New(d, clk, log, f.queue, f.leads, "")
	f.transfer.Suppress(importedSuppressions{f.delivery})
	f.transfer.Refresh(f.segments)
	f.insights = insights.New(d, clk, c.zone())
	f.tracking = tracking.New(d, clk, log, f.leads)
	f.webhooks = webhooks.New(d, clk, f.queue, f.leads, webhooks.Config{AllowPrivate: c.Private, Signer: secure.NewSigner(secret)}, log)
	f.mailbox = mailbox.New(d, clk, log)
	f.replays = replay.New(d, clock.System{}, secure.NewSigner(secret))

	for _, s := range []leads.Subscriber{f.scoring, f.segments, f.abtest, f.tracking, f.loyalty, f.campaigns, f.webhooks} {
		f.leads.Subscribe(s)
	}
	f.guardPrivacy(secure.NewSigner(secret))
	f.joinDesk(d)
	f.segments.AddUser(segmentUsers{f.kinds(), f.campaigns})
	f.abtest.Join(experimentPlaces{f.forms}, f.kinds())
	return f, nil
}

// brand is whose e-mails these are.
func (c *Config) brand(name string) content.Brand {
	if c.Brand != "" {
		name = c.Brand
	}
	if name == "" {
		name = "Sarnakh"
	}
	text := i18n.Plain(name)
	if !c.brandText.Empty() {
		text = c.brandText
	}
	return content.Brand{Name: text, Address: i18n.Plain(c.Address), Color: c.Color}
}

// kinds are the documents that campaign files are made of; what others refer to
// comes first.
func (f *features) kinds() []manifest.Kind {
	var all []manifest.Kind
	for _, kinds := range [][]manifest.Kind{
		f.leads.Kinds(), f.segments.Kinds(), f.scoring.Kinds(), f.abtest.Kinds(), f.forms.Kinds(), f.loyalty.Kinds(), f.offers.Kinds(), f.campaigns.Kinds(),
	} {
		all = append(all, kinds...)
	}
	return all
}

// routes is everything that can be asked for, in the order of the menu.
func (f *features) routes() []web.Route {
	var all []web.Route
	for _, routes := range [][]web.Route{
		f.insights.Routes(f.kit), f.leads.Routes(f.kit), f.segments.Routes(f.kit), f.transfer.Routes(f.kit), f.scoring.Routes(f.kit), f.forms.Routes(), f.campaigns.Routes(f.kit),
		f.abtest.Routes(f.kit, f.tracking), f.offers.Routes(f.kit), f.loyalty.Routes(f.kit), f.delivery.Routes(f.kit), f.tracking.Routes(f.kit), f.webhooks.Routes(f.kit), f.access.Routes(f.kit),
	} {
		all = append(all, routes...)
	}
	if f.kit.DevMailbox {
		all = append(all, f.mailbox.Routes(f.kit)...)
	}
	return all
}

// registerJobs says who does what is due; mail goes out by t.
func (f *features) registerJobs(t *smtp.Transport) {
	f.leads.RegisterJobs(f.queue)
	f.scoring.RegisterJobs(f.queue)
	f.segments.RegisterJobs(f.queue)
	f.transfer.RegisterJobs(f.queue)
	f.abtest.RegisterJobs(f.queue)
	f.offers.RegisterJobs(f.queue)
	f.delivery.RegisterJobs(f.queue, t, f.campaigns)
	f.campaigns.RegisterJobs(f.queue)
	f.tracking.RegisterJobs(f.queue)
	f.webhooks.RegisterJobs(f.queue)
	f.access.RegisterJobs(f.queue)
	f.replays.RegisterJobs(f.queue)
}
