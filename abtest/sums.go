package abtest

import (
	"math"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// sums add up what visitors brought: their values, and of a ratio the units that it is
// divided by, with the squares and the products that say how both vary. Visitors of a ratio
// are those who have both.
type sums struct {
	Visitors    int64
	Total       float64
	Squares     float64
	Units       float64
	UnitSquares float64
	Products    float64
}

// sumColumns add sums up in SQL.
const sumColumns = "sum(visitors) AS visitors, sum(total) AS total, sum(squares) AS squares, " +
	"sum(units) AS units, sum(unit_squares) AS unit_squares, sum(products) AS products"

// sums are what one visitor adds.
func (r *reached) sums() sums {
	s := sums{Visitors: 1, Total: r.Value, Squares: r.Value * r.Value}
	if r.Units != nil {
		units := float64(*r.Units)
		s.Units, s.UnitSquares, s.Products = units, units*units, r.Value*units
		if r.Value == 0 || units == 0 {
			s.Visitors = 0
		}
	}
	return s
}

// plus adds the other so many times.
func (s sums) plus(t sums, times int64) sums {
	n := float64(times)
	return sums{
		Visitors: s.Visitors + times*t.Visitors, Total: s.Total + n*t.Total, Squares: s.Squares + n*t.Squares,
		Units: s.Units + n*t.Units, UnitSquares: s.UnitSquares + n*t.UnitSquares, Products: s.Products + n*t.Products,
	}
}

// broughtIn is what visitors brought, all null for a conversion.
type broughtIn struct {
	Total *float64 `json:"total"` // value of all visitors, the highest held down
	Units *float64 `json:"units"` // that a ratio divides the total by; null for a value
	// Mean is the value for each visitor, those without any included, or for each unit.
	Mean *float64 `json:"mean"`
}

// brought is nothing of nobody.
func brought(kind GoalKind, all sums, visitors int64) (b broughtIn) {
	below := float64(visitors)
	switch kind {
	case OfRatio:
		below = all.Units
		b.Units = &below
	case OfValue:
	default:
		return b
	}
	if visitors > 0 {
		b.Total = &all.Total
	}
	if below > 0 {
		mean := all.Total / below
		b.Mean = &mean
	}
	return b
}

// quotient is the Mean before it is divided, 0 over 0 of nobody.
func (b broughtIn) quotient(visitors int64) (top, below float64) {
	if b.Total == nil {
		return 0, 0
	}
	if b.Units != nil {
		return *b.Total, *b.Units
	}
	return *b.Total, float64(visitors)
}

// read is what the statistics read of a goal: nothing of a conversion.
func (s sums) read(kind GoalKind, visitors int64) *stats.Value {
	switch kind {
	case OfValue:
		return s.value(visitors)
	case OfRatio:
		return s.ratio(visitors)
	}
	return nil
}

// value is the mean and the variance over all visitors, those who brought nothing
// included.
func (s sums) value(visitors int64) *stats.Value {
	v := &stats.Value{N: visitors, Orders: s.Visitors}
	if visitors > 0 {
		v.Mean = s.Total / float64(visitors)
	}
	if visitors > 1 {
		v.Variance = spread(s.Squares, s.Total, visitors)
	}
	return v
}

// ratio is of nobody as long as it says too little to be compared: the delta method holds
// for many.
func (s sums) ratio(visitors int64) *stats.Value {
	if s.Visitors < stats.LeastOrders || visitors < s.Visitors {
		return &stats.Value{}
	}
	n := float64(visitors)
	p := stats.Paired{
		N: visitors, MeanY: s.Total / n, MeanX: s.Units / n,
		VarianceY: spread(s.Squares, s.Total, visitors), VarianceX: spread(s.UnitSquares, s.Units, visitors),
	}
	// Of values that are all in one proportion rounding would leave more than there can be.
	most := math.Sqrt(p.VarianceY * p.VarianceX)
	p.Covariance = max(-most, min(most, (s.Products-s.Total*(s.Units/n))/(n-1)))
	v, ok := p.Ratio()
	if !ok {
		return &stats.Value{}
	}
	v.Orders = s.Visitors
	return &v
}

// spread is the sample variance of a sum.
func spread(squares, total float64, visitors int64) float64 {
	n := float64(visitors)
	return max(0, squares-total*(total/n)) / (n - 1)
}
