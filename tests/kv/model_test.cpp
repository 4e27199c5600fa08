// SPDX-License-Identifier: Apache-2.0
#include "tests/kv/model.hpp"

#include <doctest/doctest.h>

#include "runtime/kv/verify.hpp"
#include "tests/kv/child.hpp"
#include "tests/kv/folder.hpp"

namespace aisle::kv {
namespace {

TEST_CASE(
    "whatever is prepared, completed, folded, abandoned and reopened, all is as it should be") {
  for (std::uint64_t seed = 0; seed < 3000 / fewer; ++seed) {
    INFO("seed ", seed);
    const test_folder in;
    model_run run{in.path(), seed};
    for (int i = 0; i < 40; ++i) {
      run.step();
    }
    run.compare();
    run.close();
    const auto sound = verify(in.path());
    REQUIRE(sound.has_value());
    for (const auto& f : sound->findings) {
      FAIL_CHECK("at byte ", f.at, ": ", f.what);
    }
  }
}

}  // namespace
}  // namespace aisle::kv
