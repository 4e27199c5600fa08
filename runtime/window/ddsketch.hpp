// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/base/pack.hpp"

namespace aisle::window {

/// Quantiles with a relative error of at most 1 % (Masson, Rim, Lee: DDSketch, VLDB 2019). Bin i
/// holds the values in (g^(i-1), g^i] with g = (1 + a) / (1 - a), a = 0.01, and answers 2·g^i / (g
/// + 1); negative values have bins of their own, zeros are counted.
///
/// Each sign has at most `bins_max` neighbouring bins: what is more than 2,048 bins (a factor of
/// 6·10^17) below the largest magnitude is counted in the lowest bin kept, and only it loses
/// precision. That rule looks at nothing but the largest magnitude, so a sketch is the same
/// whatever the order and grouping of what went into it. Logarithms are rounded by one rule on
/// every machine.
class ddsketch {
 public:
  static constexpr double relative_error = 0.01;
  static constexpr std::int32_t bins_max = 2048;

  /// The bin of a positive number, and what it answers.
  [[nodiscard]] static std::int32_t bin_of(double positive);
  [[nodiscard]] static double value_of(std::int32_t bin);

  /// Makes room, so that adding the number next cannot fail.
  void reserve(double number);
  /// After `reserve` of the same number. It is finite.
  void add(double number) noexcept;
  void merge(const ddsketch& other);

  [[nodiscard]] std::uint64_t count() const;
  /// The value of rank floor(q · (n - 1)), counted from 0, within 1 %; none when there are no
  /// values.
  [[nodiscard]] std::optional<double> quantile(double q) const;

  [[nodiscard]] std::size_t heap_bytes() const;
  void save(base::packer& to) const;
  void load(base::unpacker& from);

 private:
  struct bin {
    std::int32_t index = 0;
    /// Stays at 2^32 - 1 when it gets there.
    std::uint32_t count = 0;
  };
  /// The bins of one sign that hold something, by index.
  class side {
   public:
    void reserve(std::int32_t index);
    void add(std::int32_t index) noexcept;
    void merge(const side& other);
    [[nodiscard]] const std::vector<bin>& bins() const { return bins_; }
    void save(base::packer& to) const;
    void load(base::unpacker& from);

   private:
    void collapse() noexcept;
    std::vector<bin> bins_;
  };

  side positive_;
  side negative_;
  std::uint64_t zeros_ = 0;
};

}  // namespace aisle::window
