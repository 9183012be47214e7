// Package scoring says how warm a lead is: rules give points for who somebody is and
// for what they do, old deeds count less and less, and the sum has a grade.
//
// A score is worked out from the timeline each time something happens and is never
// added up: the same events give the same score, in whatever order and however often
// they arrive.
package scoring
