package campaigns

import (
	"context"
	"fmt"

	"github.com/sarnakh/sarnakh/delivery"
)

// Figures are how many people a journey has seen. Entered is the sum of the others.
type Figures struct {
	Entered   int `json:"entered"`
	Inside    int `json:"inside"` // now
	Completed int `json:"completed"`
	Exited    int `json:"exited"`
}

// Ended is how many came to an end of it.
func (f Figures) Ended() int { return f.Completed + f.Exited }

func (f *Figures) add(state string, n int) {
	f.Entered += n
	switch state {
	case EnrollmentActive:
		f.Inside += n
	case EnrollmentCompleted:
		f.Completed += n
	case EnrollmentExited:
		f.Exited += n
	}
}

// figures returns each journey's, by its id.
func (s *Service) figures(ctx context.Context) (map[int64]Figures, error) {
	var rows []struct {
		JourneyID int64
		State     string
		N         int
	}
	if err := s.db.Read().NewSelect().Model((*Enrollment)(nil)).Column("journey_id", "state").
		ColumnExpr("count(*) AS n").Group("journey_id", "state").Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("journeys: count: %w", err)
	}
	out := map[int64]Figures{}
	for _, r := range rows {
		f := out[r.JourneyID]
		f.add(r.State, r.N)
		out[r.JourneyID] = f
	}
	return out, nil
}

// StepFigures are how many people a step has seen. Reached is the sum of the three
// behind it.
type StepFigures struct {
	Reached int `json:"reached"`
	Passed  int `json:"passed"`
	Waiting int `json:"waiting"` // now
	Left    int `json:"left"`    // whose journey ended here
	Skipped int `json:"skipped"` // of those who passed: did not get what the step gives
}

// VersionFigures are those of one version of a journey.
type VersionFigures struct {
	Figures
	AtStart int                    `json:"at_start"` // of those inside: before the first step
	Steps   map[string]StepFigures `json:"steps"`
}

// versionFigures counts in one statement, so that the figures are of one moment
// and add up.
func (s *Service) versionFigures(ctx context.Context, versionID int64) (VersionFigures, error) {
	f := VersionFigures{Steps: map[string]StepFigures{}}
	var rows []struct {
		What, Step string
		N          int
	}
	if err := s.db.Read().NewRaw(`
		SELECT 'reached' AS what, step, count(*) AS n FROM journey_decisions WHERE version_id = ? AND step <> '' GROUP BY step
		UNION ALL SELECT 'skipped', step, count(*) FROM journey_decisions WHERE version_id = ? AND outcome = ? GROUP BY step
		UNION ALL SELECT state, step, count(*) FROM enrollments WHERE version_id = ? GROUP BY state, step`,
		versionID, versionID, OutcomeSkipped, versionID).Scan(ctx, &rows); err != nil {
		return f, fmt.Errorf("journey version %d: count: %w", versionID, err)
	}
	for _, r := range rows {
		step := f.Steps[r.Step]
		switch r.What {
		case "reached":
			step.Reached = r.N
		case "skipped":
			step.Skipped = r.N
		case EnrollmentActive:
			step.Waiting = r.N
			f.add(r.What, r.N)
		case EnrollmentExited:
			step.Left = r.N
			f.add(r.What, r.N)
		default:
			f.add(r.What, r.N)
		}
		f.Steps[r.Step] = step
	}
	f.AtStart = f.Steps[""].Waiting
	delete(f.Steps, "")
	for id, step := range f.Steps {
		step.Passed = step.Reached - step.Waiting - step.Left
		f.Steps[id] = step
	}
	return f, nil
}

// mailRates are shares of what was sent.
type mailRates struct {
	delivery.Counts
}

// OpenRate is the share of sent e-mails that were opened.
func (m mailRates) OpenRate() float64 { return share(m.Opened, m.Sent) }

// ClickRate is the share of sent e-mails with a followed link.
func (m mailRates) ClickRate() float64 { return share(m.Clicked, m.Sent) }

// Held is how many did not go out and will not.
func (m mailRates) Held() int { return m.Failed + m.Suppressed + m.Unsure }

func share(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}
