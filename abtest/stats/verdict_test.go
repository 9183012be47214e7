package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"
)

// look returns arms of equal weight named control, b, c, … on day 14.
func look(counts ...Count) Look {
	l := Look{Days: 14}
	for i, c := range counts {
		key := "control"
		if i > 0 {
			key = string(rune('a' + i))
		}
		l.Arms = append(l.Arms, Arm{Key: key, Weight: 1, Count: c})
	}
	return l
}

func settings() Settings {
	s := DefaultSettings()
	s.PlannedVisitors, s.PlannedConversions = 20_000, 1320
	return s
}

func analyze(t *testing.T, s Settings, l Look) Analysis {
	t.Helper()
	a, err := Analyze(s, l)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestVerdict(t *testing.T) {
	ahead := look(Count{10_000, 300}, Count{10_000, 420})
	end := look(Count{20_000, 600}, Count{20_000, 680})
	with := func(l Look, change func(*Look)) Look {
		l.Arms = slices.Clone(l.Arms)
		change(&l)
		return l
	}
	set := func(change func(*Settings)) Settings {
		s := settings()
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		settings Settings
		look     Look
		want     string
	}{
		"clear evidence decides before the planned end": {settings(), ahead, "winner sequential_significant b"},
		"control wins when the other arm loses":         {settings(), look(Count{10_000, 420}, Count{10_000, 300}), "winner sequential_significant control"},
		"weak evidence decides nothing while running":   {settings(), look(Count{17_000, 500}, Count{17_000, 580}), "running collecting "},
		"the planned end reads the fixed test":          {settings(), end, "winner horizon_significant b"},
		"p of .045 is not enough at the planned end":    {settings(), look(Count{20_000, 600}, Count{20_000, 671}), "no_difference horizon_not_significant "},
		"the caller may say that the end is reached": {
			set(func(s *Settings) { s.PlannedVisitors = 0 }),
			with(end, func(l *Look) { l.PlannedEnd = true }), "winner horizon_significant b",
		},
		"one slow arm puts the planned end off": {settings(), with(end, func(l *Look) { l.Arms[0].Visitors = 19_999 }), "running collecting "},
		"a broken split blocks":                 {settings(), look(Count{10_300, 300}, Count{9_700, 420}), "blocked srm "},
		"a split too small to check waits": {
			settings(),
			Look{Days: 14, Arms: []Arm{{Key: "control", Weight: 0.99, Count: Count{100, 30}}, {Key: "b", Weight: 0.01, Count: Count{60, 30}}}}, "running too_few_visitors ",
		},
		"24 conversions are too few":  {set(func(s *Settings) { s.Kappa = 2 }), look(Count{500, 0}, Count{500, 24}), "running too_few_conversions "},
		"25 conversions may decide":   {set(func(s *Settings) { s.Kappa = 2 }), look(Count{500, 0}, Count{500, 25}), "winner sequential_significant b"},
		"six days are too early":      {settings(), with(ahead, func(l *Look) { l.Days = 6 }), "running too_early "},
		"a week must be over":         {settings(), with(ahead, func(l *Look) { l.Days = 10 }), "running outside_whole_weeks "},
		"also at the planned end":     {settings(), with(end, func(l *Look) { l.Days = 10 }), "running outside_whole_weeks "},
		"unless the team allows less": {set(func(s *Settings) { s.WholeWeeks, s.MinDays = false, 1 }), with(ahead, func(l *Look) { l.Days = 2 }), "winner sequential_significant b"},
		"another control may be named": {
			set(func(s *Settings) { s.Control = "b" }), ahead, "winner sequential_significant b",
		},
		"of two better arms the best wins":             {settings(), look(Count{10_000, 300}, Count{10_000, 420}, Count{10_000, 450}), "winner sequential_significant c"},
		"control needs all other arms to lose":         {settings(), look(Count{10_000, 420}, Count{10_000, 300}, Count{10_000, 410}), "running collecting "},
		"control wins against two":                     {settings(), look(Count{10_000, 420}, Count{10_000, 300}, Count{10_000, 290}), "winner sequential_significant control"},
		"an arm of weight 0 takes no part":             {settings(), with(look(Count{10_000, 300}, Count{10_000, 420}, Count{10, 10}), func(l *Look) { l.Arms[2].Weight = 0 }), "winner sequential_significant b"},
		"nobody anywhere":                              {settings(), look(Count{}, Count{}), "running too_few_conversions "},
		"nobody converted at the planned end":          {set(func(s *Settings) { s.MinConversions = 0 }), look(Count{20_000, 0}, Count{20_000, 0}), "no_difference horizon_not_significant "},
		"everybody converted at the planned end":       {settings(), look(Count{20_000, 20_000}, Count{20_000, 20_000}), "no_difference horizon_not_significant "},
		"an arm that lost its visitors blocks":         {settings(), look(Count{20_000, 600}, Count{}), "blocked srm "},
		"small cells are read by Fisher's mid-p":       {set(func(s *Settings) { s.PlannedVisitors, s.MinConversions = 25, 1 }), look(Count{25, 0}, Count{25, 4}), "no_difference horizon_not_significant "},
		"small cells may be significant all the same":  {set(func(s *Settings) { s.PlannedVisitors, s.MinConversions = 25, 1 }), look(Count{25, 0}, Count{25, 7}), "winner horizon_significant b"},
		"three arms are corrected for at the end":      {settings(), look(Count{20_000, 600}, Count{20_000, 674}, Count{20_000, 600}), "no_difference horizon_not_significant "},
		"two arms with the same figures are not":       {settings(), look(Count{20_000, 600}, Count{20_000, 674}), "winner horizon_significant b"},
		"at the end an arm may win by the fixed test":  {settings(), look(Count{20_000, 600}, Count{20_000, 700}, Count{20_000, 610}), "winner horizon_significant b"},
		"at the end control may win by the fixed test": {settings(), look(Count{20_000, 680}, Count{20_000, 600}), "winner horizon_significant control"},
	} {
		t.Run(name, func(t *testing.T) {
			v := analyze(t, c.settings, c.look).Verdict
			if got := fmt.Sprintf("%s %s %s", v.State, v.Reason, v.Winner); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestVerdictStandsAtLaterLooks(t *testing.T) {
	decided := analyze(t, settings(), look(Count{10_000, 300}, Count{10_000, 420}))
	for name, l := range map[string]Look{
		"on a later day of the week": func() Look { l := look(Count{10_400, 312}, Count{10_400, 437}); l.Days = 15; return l }(),
		"when the lead melts":        look(Count{15_000, 450}, Count{15_000, 470}),
		"when the lead turns":        look(Count{19_000, 640}, Count{19_000, 600}),
	} {
		l.Earlier = &decided
		if v := analyze(t, settings(), l).Verdict; v.State != StateWinner || v.Winner != "b" || v.Reason != ReasonSequential {
			t.Errorf("%s: %+v", name, v)
		}
	}
	broken := look(Count{16_000, 450}, Count{14_000, 470})
	broken.Earlier = &decided
	if v := analyze(t, settings(), broken).Verdict; v.State != StateBlocked {
		t.Errorf("a split that broke since: %+v", v)
	}
}

func TestFixedTestIsReadOnce(t *testing.T) {
	first := analyze(t, settings(), look(Count{20_000, 600}, Count{20_000, 640}))
	if first.Verdict.State != StateNoDifference {
		t.Fatalf("%+v", first.Verdict)
	}
	// More visitors, and now the fixed test alone would call it.
	later := look(Count{21_000, 620}, Count{21_000, 710})
	if alone := analyze(t, settings(), later).Verdict; alone.Reason != ReasonHorizon {
		t.Fatalf("%+v", alone)
	}
	later.Earlier = &first
	if v := analyze(t, settings(), later).Verdict; v.State != StateNoDifference || v.Reason != ReasonNotSignificant {
		t.Errorf("%+v", v)
	}
	// The sequential test may go on as long as it likes.
	clear := look(Count{40_000, 1200}, Count{40_000, 1500})
	clear.Earlier = &first
	if v := analyze(t, settings(), clear).Verdict; v.State != StateWinner || v.Reason != ReasonSequential {
		t.Errorf("%+v", v)
	}
}

func TestAlwaysValidPNeverRises(t *testing.T) {
	first := analyze(t, settings(), look(Count{5_000, 120}, Count{5_000, 170}))
	second := look(Count{10_000, 270}, Count{10_000, 300})
	second.Earlier = &first
	got, alone := analyze(t, settings(), second).Comparisons[0], analyze(t, settings(), look(Count{10_000, 270}, Count{10_000, 300})).Comparisons[0]
	if got.AnytimeP != first.Comparisons[0].AnytimeP || !(alone.AnytimeP > got.AnytimeP) || got.LogE != alone.LogE {
		t.Errorf("p %v after %v, alone %v", got.AnytimeP, first.Comparisons[0].AnytimeP, alone.AnytimeP)
	}
}

func TestDirectionIsThatOfTheStrongestEvidence(t *testing.T) {
	first := Analysis{Comparisons: []Comparison{{Arm: "b", Control: "control", AnytimeP: 0.001, AnytimeAhead: true}}}
	l := look(Count{10_000, 330}, Count{10_000, 310})
	l.Earlier = &first
	if v := analyze(t, settings(), l).Verdict; v.Winner != "b" {
		t.Errorf("%+v", v)
	}
}

func TestVerdictSaysWhichMinimumsWereLowered(t *testing.T) {
	s := settings()
	if v := analyze(t, s, look(Count{9, 3}, Count{9, 4})).Verdict; v.Lowered != nil {
		t.Errorf("defaults: %v", v.Lowered)
	}
	s.MinConversions, s.MinDays, s.WholeWeeks = 10, 3, false
	v := analyze(t, s, look(Count{9, 3}, Count{9, 4})).Verdict
	if fmt.Sprint(v.Lowered) != "[min_conversions min_days whole_weeks]" {
		t.Errorf("lowered: %v", v.Lowered)
	}
}

func TestAlphaIsSpentOneToFour(t *testing.T) {
	for _, alpha := range []float64{0.01, 0.05, 0.1} {
		s := settings()
		s.Alpha = alpha
		v := analyze(t, s, look(Count{9, 3}, Count{9, 4})).Verdict
		if math.Abs(v.SequentialAlpha-alpha/5) > 1e-15 || math.Abs(v.HorizonAlpha-alpha*4/5) > 1e-15 {
			t.Errorf("alpha %v: %v and %v", alpha, v.SequentialAlpha, v.HorizonAlpha)
		}
	}
}

func TestReportPrintsNullForWhatIsUndefined(t *testing.T) {
	l := look(Count{0, 0}, Count{0, 0}, Count{7, 7})
	l.Arms[2].Weight = 0
	data, err := json.Marshal(analyze(t, settings(), l))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		SRM         map[string]any
		Arms        []map[string]any
		Comparisons []map[string]any
		ChiSquare   any `json:"chi_square"`
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	null := func(where string, m map[string]any, keys ...string) {
		for _, k := range keys {
			if v, there := m[k]; !there || v != nil {
				t.Errorf("%s %s is %v, want null", where, k, v)
			}
		}
	}
	null("srm", got.SRM, "chi2", "p")
	null("arm", got.Arms[0], "rate", "wilson")
	null("arm of weight 0", got.Arms[2], "prob_best", "expected_loss")
	null("comparison", got.Comparisons[0], "difference", "newcombe", "lift", "z", "z_p", "fisher_midp", "horizon_p", "z_p_holm")
	if ratio := fmt.Sprint(got.Comparisons[0]["rate_ratio"]); ratio != "[0 <nil>]" || got.ChiSquare != nil || len(got.Comparisons) != 1 {
		t.Errorf("rate ratio %s, chi-square %v, %d comparisons", ratio, got.ChiSquare, len(got.Comparisons))
	}
}

func BenchmarkAnalyze(b *testing.B) {
	for name, l := range map[string]Look{
		"two arms":             look(Count{20_000, 600}, Count{20_000, 720}),
		"five arms":            look(Count{20_000, 600}, Count{20_000, 620}, Count{20_000, 640}, Count{20_000, 660}, Count{20_000, 680}),
		"two arms, a billion":  look(Count{1e9, 5e8}, Count{1e9, 5e8 + 1e4}),
		"five arms, a billion": look(Count{1e9, 5e8}, Count{1e9, 5e8 + 1e3}, Count{1e9, 5e8 + 2e3}, Count{1e9, 5e8 + 3e3}, Count{1e9, 5e8 + 4e3}),
	} {
		b.Run(name, func(b *testing.B) {
			s := settings()
			for b.Loop() {
				if _, err := Analyze(s, l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestPlannedDaysEndAnExperimentOnce(t *testing.T) {
	s := settings()
	s.PlannedVisitors, s.PlannedDays = 20_000, 28
	l := look(Count{5000, 150}, Count{5000, 200})
	l.Days = 21
	if v := analyze(t, s, l).Verdict; v.State != StateRunning || v.AtHorizon {
		t.Errorf("before the end: %+v", v)
	}
	l.Days = 28
	a := analyze(t, s, l)
	if v := a.Verdict; v.State != StateWinner || v.Reason != ReasonHorizon || !v.AtHorizon || !v.ByCalendar {
		t.Errorf("at the end: %+v", v)
	}
	l = look(Count{20_000, 600}, Count{20_000, 690})
	l.Days = 28
	if v := analyze(t, s, l).Verdict; v.ByCalendar || !v.AtHorizon {
		t.Errorf("the visitors came first: %+v", v)
	}
	s.PlannedDays = -1
	if _, err := Analyze(s, l); err == nil || err.Error() != "planned_days: -1 is negative" {
		t.Error(err)
	}
}
