package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"
)

// The reference figures: reference.json at 60 digits by mpmath, and
// reference_r.json by R's own functions. Each script in testdata says how it
// was run.

const (
	closedForm = 1e-9 // relative
	quadrature = 1e-7
)

type pairReference struct {
	Name         string      `json:"name"`
	Control      [2]int64    `json:"control"` // conversions, visitors
	Arm          [2]int64    `json:"arm"`
	Weight       float64     `json:"weight"`
	Kappa        float64     `json:"kappa"`
	Alpha        float64     `json:"alpha"`
	Wilson       [2]*float64 `json:"wilson"`
	Newcombe     [2]*float64 `json:"newcombe"`
	Z            *float64    `json:"z"`
	ZP           *float64    `json:"z_p"`
	FisherMidP   *float64    `json:"fisher_midp"`
	LogE         *float64    `json:"log_e"`
	AnytimeP     *float64    `json:"anytime_p"`
	RateRatio    [2]*float64 `json:"rate_ratio"`
	ProbBeat     *float64    `json:"prob_beat"`
	ProbLose     *float64    `json:"prob_lose"`
	ExpectedLoss *float64    `json:"expected_loss"`
	Chi2         *float64    `json:"chi2"`
	P            *float64    `json:"p"`
}

func (r pairReference) counts() (control, arm Count) {
	return Count{r.Control[1], r.Control[0]}, Count{r.Arm[1], r.Arm[0]}
}

func read(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

// same fails unless got is want to within tolerance, relative. Probabilities
// below 1e-290 are all the same to us.
func same(t *testing.T, name string, got float64, ok bool, want *float64, tolerance float64) {
	t.Helper()
	if ok != (want != nil) {
		t.Errorf("%s: %v, defined = %v", name, got, ok)
		return
	}
	if ok && !(math.Abs(got-*want) <= tolerance*math.Abs(*want)+1e-290) {
		t.Errorf("%s: %.17g, want %.17g, off by %.1e", name, got, *want, math.Abs(got / *want - 1))
	}
}

func sameInterval(t *testing.T, name string, got Interval, ok bool, want [2]*float64) {
	t.Helper()
	same(t, name+" from", got.Lo, ok, want[0], closedForm)
	same(t, name+" to", got.Hi, ok && !math.IsInf(got.Hi, 1), want[1], closedForm)
}

func TestFormulasAgreeWithSixtyDigits(t *testing.T) {
	var file struct {
		Pairs []pairReference `json:"pairs"`
	}
	read(t, "reference.json", &file)
	if len(file.Pairs) < 19 {
		t.Fatalf("%d pairs", len(file.Pairs))
	}
	for _, r := range file.Pairs {
		t.Run(r.Name, func(t *testing.T) {
			a, b := r.counts()
			wilson, ok := Wilson(b, r.Alpha)
			sameInterval(t, "wilson", wilson, ok, r.Wilson)
			newcombe, ok := Newcombe(a, b, r.Alpha)
			sameInterval(t, "newcombe", newcombe, ok, r.Newcombe)
			z, p, ok := PooledZ(a, b)
			same(t, "z", z, ok, r.Z, closedForm)
			same(t, "z p", p, ok, r.ZP, closedForm)
			fisher, ok := FisherMidP(a, b)
			same(t, "fisher mid-p", fisher, ok, r.FisherMidP, closedForm)
			split := Split{A: a.Conversions, B: b.Conversions, WeightB: r.Weight, Kappa: r.Kappa}
			if math.Abs(split.LogE()) > 1e-12 || *r.LogE != 0 {
				same(t, "log e", split.LogE(), true, r.LogE, closedForm)
			}
			same(t, "anytime p", split.P(), true, r.AnytimeP, closedForm)
			ratio, ok := split.RateRatio(r.Alpha)
			sameInterval(t, "rate ratio", ratio, ok, r.RateRatio)
			beat, ok := ProbBeat(a, b)
			same(t, "chance to beat", beat, ok, r.ProbBeat, closedForm)
			lose, ok := ProbBeat(b, a)
			same(t, "chance to lose", lose, ok, r.ProbLose, closedForm)
			loss, ok := ExpectedLoss(a, b)
			same(t, "expected loss", loss, ok, r.ExpectedLoss, closedForm)
		})
	}
}

func TestTablesAndSplitsAgreeWithSixtyDigits(t *testing.T) {
	var file struct {
		Tables []struct {
			Name    string
			Arms    [][2]int64
			Chi2, P *float64
		}
		Splits []struct {
			Name     string
			Visitors []int64
			Weights  []float64
			Chi2, P  *float64
		}
	}
	read(t, "reference.json", &file)
	for _, r := range file.Tables {
		var arms []Count
		for _, c := range r.Arms {
			arms = append(arms, Count{c[1], c[0]})
		}
		got, ok := ChiSquareTable(arms)
		same(t, r.Name+": chi-square", got.Chi2, ok, r.Chi2, closedForm)
		same(t, r.Name+": p", got.P, ok, r.P, closedForm)
	}
	for _, r := range file.Splits {
		var arms []Arm
		for i, n := range r.Visitors {
			arms = append(arms, Arm{Key: fmt.Sprint(i), Weight: r.Weights[i], Count: Count{Visitors: n}})
		}
		got, err := CheckSplit(arms)
		if err != nil {
			t.Fatal(err)
		}
		same(t, r.Name+": chi-square", *got.Chi2, true, r.Chi2, closedForm)
		same(t, r.Name+": p", *got.P, true, r.P, closedForm)
	}
}

func TestFormulasAgreeWithR(t *testing.T) {
	var file struct {
		Pairs []pairReference `json:"pairs"`
		Tails []struct {
			DF int
			X  float64
			P  *float64
		} `json:"chi_square_tails"`
		Quantiles struct{ P, Z []float64 }
		Holm      struct{ P, Corrected []float64 }
	}
	read(t, "reference_r.json", &file)
	for i, r := range file.Pairs {
		a, b := r.counts()
		name := func(s string) string { return fmt.Sprintf("pair %d: %s", i, s) }
		wilson, ok := Wilson(b, 0.05)
		sameInterval(t, name("wilson"), wilson, ok, r.Wilson)
		table, ok := ChiSquareTable([]Count{a, b})
		same(t, name("chi-square"), table.Chi2, ok, r.Chi2, closedForm)
		same(t, name("p"), table.P, ok, r.P, closedForm)
		z, p, ok := PooledZ(a, b)
		same(t, name("z squared"), z*z, ok, r.Chi2, closedForm)
		same(t, name("z p"), p, ok, r.P, closedForm)
		fisher, ok := FisherMidP(a, b)
		same(t, name("fisher mid-p"), fisher, ok, r.FisherMidP, closedForm)
	}
	for _, r := range file.Tails {
		same(t, fmt.Sprintf("chi-square tail of %v at %d", r.X, r.DF), chiSquareTail(r.X, r.DF), true, r.P, closedForm)
	}
	for i, p := range file.Quantiles.P {
		same(t, fmt.Sprintf("quantile %v", p), quantile(p), true, &file.Quantiles.Z[i], closedForm)
	}
	for i, p := range Holm(file.Holm.P) {
		same(t, fmt.Sprintf("holm %d", i), p, true, &file.Holm.Corrected[i], closedForm)
	}
}

func TestChanceToBeBestAgreesWithR(t *testing.T) {
	var file struct {
		Best []struct {
			Name                  string
			Conversions, Visitors []int64
			Chance, Loss          []*float64
		}
	}
	read(t, "reference_r.json", &file)
	if len(file.Best) < 9 {
		t.Fatalf("%d cases", len(file.Best))
	}
	for _, r := range file.Best {
		var arms []Count
		for i := range r.Visitors {
			arms = append(arms, Count{r.Visitors[i], r.Conversions[i]})
		}
		chance, loss, ok := Best(arms)
		integrated, integratedLoss := integrateBest(arms)
		for i := range arms {
			name := fmt.Sprintf("%s, arm %d", r.Name, i)
			same(t, name+": chance", chance[i], ok, r.Chance[i], quadrature)
			same(t, name+": loss", loss[i], ok, r.Loss[i], quadrature)
			same(t, name+": integrated chance", integrated[i], ok, r.Chance[i], quadrature)
			same(t, name+": integrated loss", integratedLoss[i], ok, r.Loss[i], quadrature)
		}
	}
}

func TestPlansAgreeWithReferences(t *testing.T) {
	var exact struct {
		Plans []struct {
			Input  [4]float64
			Needed *float64
		}
	}
	read(t, "reference.json", &exact)
	for _, r := range exact.Plans {
		got := needed(r.Input[0], r.Input[1], r.Input[2], r.Input[3])
		same(t, fmt.Sprint(r.Input), got, true, r.Needed, closedForm)
	}
	var r struct {
		Plan struct {
			Input  [4]float64
			Needed *float64
		}
	}
	read(t, "reference_r.json", &r)
	in := r.Plan.Input
	// power.prop.test finds its root only to some digits.
	same(t, "power.prop.test", needed(in[0], in[1], in[2], in[3]), true, r.Plan.Needed, 1e-6)
}
