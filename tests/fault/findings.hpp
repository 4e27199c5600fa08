// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace aisle::fault {

/// What somebody found wrong; the first few of it.
class findings {
 public:
  void add(std::string what) {
    if (texts_.size() < texts_max) texts_.push_back(std::move(what));
  }
  [[nodiscard]] bool empty() const { return texts_.empty(); }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& text : texts_)
      all += text + "\n";
    return all;
  }

 private:
  static constexpr std::size_t texts_max = 10;
  std::vector<std::string> texts_;
};

}  // namespace aisle::fault
