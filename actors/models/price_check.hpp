// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace aisle::models {

/// Finds unit prices that cannot be meant: r = |ln(price / reference)|. The reference is the list
/// price where there is one, else the median of the last accepted prices of the SKU. 72 bytes.
struct price_check {
  static constexpr std::size_t remembered = 7;

  struct params {
    double ratio = 2;  ///< alarm at more than this many times the reference, or below 1/ratio
    double slip_tolerance = 0.05;  ///< of ln: within 5 % of a factor of 10 or 100 is a decimal slip
    std::uint32_t relearn_after = 5;  ///< refused in a row at one price: that is the price now
  };

  enum class fault : std::uint8_t {
    none,
    not_positive,  ///< price <= 0
    decimal_slip,  ///< 10 or 100 times too much or too little
    far_off,       ///< off by more than `ratio`
    below_cost,    ///< near the reference, yet below cost
  };

  struct verdict {
    fault what = fault::none;
    double reference = 0;  ///< what the price was held against; 0 if nothing was known
    double score = 0;      ///< r
  };

  std::array<double, remembered> accepted{};  ///< a ring
  std::uint32_t count = 0;                    ///< accepted so far, saturating at 2 * remembered
  std::uint32_t refused = 0;                  ///< refused in a row at `last_refused`
  double last_refused = 0;

  /// Judges a unit price against `list` (if known) and `cost` (if known), then learns it.
  verdict observe(const params& how, double price, std::optional<double> list,
                  std::optional<double> cost);

  /// The median of the last accepted prices; 0 before the first.
  [[nodiscard]] double usual() const;

 private:
  void learn(const params& how, double price, fault what);
  void accept(double price);
};

}  // namespace aisle::models
