// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace aisle::models::normal {

/// Density of the standard normal law.
[[nodiscard]] double pdf(double z);

/// P(Z <= z).
[[nodiscard]] double cdf(double z);

/// P(Z > z), accurate far out in the tail.
[[nodiscard]] double upper_tail(double z);

/// The z with cdf(z) = q; -inf at q <= 0, +inf at q >= 1.
[[nodiscard]] double quantile(double q);

/// Standard loss E[(Z - z)+] = pdf(z) - z P(Z > z) (Snyder & Shen, Fundamentals of Supply Chain
/// Theory, appendix C).
[[nodiscard]] double loss(double z);

}  // namespace aisle::models::normal
