package abtest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// stateButton takes an experiment from one state to another.
type stateButton struct {
	Label, Icon, Class string
	Href               string // of a page that asks first; "" for a button that does it
	To                 string // the state
}

// stateButtons are what can be done with an experiment in its state.
func stateButtons(page web.Page, key string, state State, stopped, outside bool) []stateButton {
	at := "/experiments/" + key
	start := stateButton{Label: page.T("experiments.do.start"), Icon: "play", Class: "btn-primary", Href: at + "/start"}
	stop := stateButton{Label: page.T("experiments.do.stop"), Icon: "close", Class: "btn-danger", Href: at + "/stop"}
	pause := stateButton{Label: page.T("experiments.do.pause"), Icon: "pause", To: string(Paused)}
	archive := stateButton{Label: page.T("experiments.do.archive"), Icon: "mark", Class: "btn-quiet", To: string(Archived)}
	switch state {
	case Draft:
		return []stateButton{start, archive}
	case Running:
		if outside {
			return []stateButton{stop}
		}
		return []stateButton{pause, stop}
	case Paused:
		return []stateButton{{Label: page.T("experiments.do.resume"), Icon: "play", Class: "btn-primary", To: string(Running)}, stop}
	case Decided:
		return []stateButton{stop}
	case Stopped:
		return []stateButton{archive}
	case Archived:
		back := Draft
		if stopped {
			back = Stopped
		}
		return []stateButton{{Label: page.T("experiments.do.take_out"), Icon: "upload", To: string(back)}}
	}
	return nil
}

// Buttons are what can be done with the experiment of a report.
func (d reportPage) Buttons() []stateButton {
	r := d.Report
	return stateButtons(d.Page, r.Key, r.State, r.StoppedAt != nil, r.Surface == surfaceAPI)
}

type statePage struct {
	web.Page
	Key, Name string
	To        string
	Button    string
	Danger    bool
	Lede      string
	Points    []string // what it means
	Warning   string
	YAML      string // the line that is missing in a page's file
	Refused   string
}

// showStart asks before an experiment starts: what is frozen then, and whether any page
// shows it.
func (p pages) showStart(w http.ResponseWriter, r *http.Request) error {
	return p.ask(w, r, http.StatusOK, Running, nil)
}

// showStop asks before an experiment is stopped, which cannot be taken back.
func (p pages) showStop(w http.ResponseWriter, r *http.Request) error {
	return p.ask(w, r, http.StatusOK, Stopped, nil)
}

func (p pages) ask(w http.ResponseWriter, r *http.Request, status int, to State, refused error) error {
	e, err := find(r.Context(), p.s.db.Read(), r.PathValue("key"))
	if err != nil {
		return err
	}
	verb := "start"
	if to == Stopped {
		verb = "stop"
	}
	data := statePage{
		Page: p.kit.StaffPage(w, r, "experiments.ask."+verb), Key: e.Key, Name: e.Definition.Name, To: string(to), Danger: to == Stopped,
	}
	data.Button = data.T("experiments.do." + verb + ".now")
	data.Lede = data.T("experiments.ask."+verb+".lede", "name", e.Definition.Name)
	switch {
	case to == Running:
		for _, point := range []string{"seen", "frozen", "change"} {
			data.Points = append(data.Points, data.T("experiments.ask.start."+point))
		}
		if err := p.unnamed(r.Context(), e, &data); err != nil {
			return err
		}
	default:
		data.Points = stopPoints(data.Page, e)
	}
	if fields, ok := errs.AsFields(refused); ok {
		var list []string
		for path, message := range say(data.Page, fields) {
			if path != "state" {
				message = data.Iso(path) + ": " + message
			}
			list = append(list, message)
		}
		slices.Sort(list)
		data.Refused = strings.Join(list, " ")
	}
	return p.kit.Render(w, status, "app", "abtest_state", data)
}

// stopPoints say what a stop means: before a verdict and after it, by what differs, since the
// versions stand in another place each time.
func stopPoints(page web.Page, e *Experiment) []string {
	point := func(key string) string { return page.T("experiments.ask.stop." + key) }
	surface := e.Definition.Surface
	switch {
	case e.HoldoutOf != "" && e.DecidedAt.IsZero():
		return []string{page.T("abtest.advice.stopped.holdout"), point("no_verdict"), point("again")}
	case e.HoldoutOf != "":
		return []string{point("decided"), page.T("abtest.advice.stopped.holdout"), point("again")}
	case !e.DecidedAt.IsZero():
		return []string{point("decided"), point("kept." + surface), point("again")}
	case surface == surfaceAPI: // nothing outside can be paused
		return []string{point("first." + surface), point("no_verdict"), point("again")}
	}
	return []string{point("first." + surface), point("no_verdict"), point("final")}
}

// unnamed warns of an experiment over pages that no page names, or over forms that no form does.
func (p pages) unnamed(ctx context.Context, e *Experiment, data *statePage) error {
	surface := e.Definition.Surface
	if surface != "page" && surface != "form" || p.s.places == nil {
		return nil
	}
	named, err := p.s.named(ctx, e)
	if err != nil || named {
		return err
	}
	data.Warning, data.YAML = data.T("experiments.ask.start.unnamed."+surface), "experiment: "+e.Key
	return nil
}

// move takes an experiment to another state. Asked for twice it is done once.
func (p pages) move(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	key, to := r.PathValue("key"), State(r.PostForm.Get("to"))
	if !slices.Contains([]State{Draft, Running, Paused, Stopped, Archived}, to) {
		return errs.Fields{"to": "errors.choice"}
	}
	err := p.s.SetState(r.Context(), key, to, web.Who(r).Name)
	page := p.kit.Page(r, "")
	if fields, refused := errs.AsFields(err); refused {
		if to == Running || to == Stopped {
			return p.ask(w, r, http.StatusConflict, to, err)
		}
		for _, message := range say(page, fields) {
			web.SetFlash(w, "bad", message)
		}
		return web.Redirect(w, r, "/experiments/%s", key)
	}
	if err != nil {
		return err
	}
	web.SetFlash(w, "good", page.T("experiments.now."+string(to)))
	return web.Redirect(w, r, "/experiments/%s", key)
}

// SetState starts, pauses, stops or archives an experiment, or takes it out of the archive;
// by is who asks. Where it stands already nothing changes. What cannot be is a Conflict
// that says why.
func (s *Service) SetState(ctx context.Context, key string, to State, by string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.lock(ctx, tx, key)
		if err != nil {
			return err
		}
		from := e.State()
		if from == to {
			return nil
		}
		if from == Decided && (to == Running || to == Paused) {
			return fmt.Errorf("experiment %q: %w: %w", key, errs.Conflict, errs.Fields{"state": decidedAlready})
		}
		d := e.Definition
		d.State = to
		if to == Running {
			if err := s.checkRefs(ctx, tx, &d); err != nil {
				return err
			}
		}
		if err := (kind{s}).Apply(ctx, tx, &d); err != nil {
			return err
		}
		tx.AfterCommit(func() {
			s.log.Info("experiment changed its state", "experiment", key, "from", from, "to", to, "by", by)
		})
		return nil
	})
}

const decidedAlready = "the verdict stands: it can be stopped, and not run again"
