// SPDX-License-Identifier: Apache-2.0
// Bytes of every version that ever was are read by the program of now.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/entity/actor_host.hpp"
#include "runtime/entity/shard_delta.hpp"
#include "runtime/topology/manifest.hpp"
#include "tests/actors/stage_fixtures.hpp"
#include "tests/entity/workshop.hpp"
#include "tests/window/windows.hpp"

namespace aisle::golden {
namespace {

namespace fs = std::filesystem;
using test::at;
using test::money;
using test::text;
using test::units;

const fs::path folder = fs::path{AISLE_SOURCE_DIR} / "tests" / "golden" / "states";

std::string content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// What is there is never written again.
void make_if_asked(const fs::path& file, std::string_view bytes) {
  if (std::getenv("AISLE_UPDATE_GOLDEN") != nullptr && !fs::exists(file)) {
    std::ofstream{file, std::ios::binary} << bytes;
  }
}

fs::path file_of(std::string_view name, std::uint32_t version, std::string_view ending) {
  return folder / fmt::format("{}.{}.{}", name, version, ending);
}

/// A behaviour with what it reads, and what an actor lives through until it is saved.
struct sample {
  std::string name;
  std::unique_ptr<const entity::behaviour> input;
  std::unique_ptr<const entity::behaviour> logic;
  support::script life;

  [[nodiscard]] std::vector<support::member> actor() const {
    return input ? std::vector<support::member>{{input.get(), {}}, {logic.get(), {0}}}
                 : std::vector<support::member>{{logic.get(), {}}};
  }
};

/// Numbers that are the same on every machine.
class dice {
 public:
  std::int64_t operator()(std::int64_t sides) {
    return static_cast<std::int64_t>(chance_() % static_cast<std::uint64_t>(sides));
  }

 private:
  std::mt19937_64 chance_{7};
};

support::script baskets() {
  support::script life;
  life.knows({{text("08:00"), text("20:00"), text("Europe/Paris")}});
  dice roll;
  for (int i = 0; i < 60; ++i) {
    life.event(at("2026-03-02T09:00:00Z") + std::chrono::minutes{47 * i},
               {text(i % 3 == 0 ? "till 1" : "till 2"), money(500 + roll(2'000))});
  }
  return life;
}

support::script product_days() {
  support::script life;
  life.knows(test::product(499, 300, 3, 6, 6));
  test::move(life, at("2026-03-01T06:00:00Z"), "count", 120);
  dice roll;
  for (int day = 0; day < 50; ++day) {
    const auto morning = at("2026-03-01T09:00:00Z") + std::chrono::hours{24 * day};
    for (int i = 0; i < 3; ++i) {
      test::sell(life, morning + std::chrono::hours{2 * i}, 1 + roll(4), day % 9 == 0 ? 449 : 499);
    }
    const auto noon = morning + std::chrono::hours{7};
    life.event(noon, {text("rival"), money(480 + roll(40)), base::value::of(true)},
               {.stream = test::offers, .seen = noon});
  }
  return life;
}

support::script readings() {
  support::script life;
  dice roll;
  for (int i = 0; i < 90; ++i) {
    life.event(at("2026-03-02T00:00:00Z") + std::chrono::hours{i},
               {base::value::of(static_cast<double>(roll(1'000)) / 8)});
  }
  return life;
}

support::script everything_in_windows() {
  support::script life;
  dice roll;
  for (int i = 0; i < 40; ++i) {
    const auto when = tests::at("09:00") + std::chrono::seconds{50 * i};
    const auto name = "n" + std::to_string(roll(5));
    life.event(when, {units(roll(100)), money(roll(10'000)),
                      base::value::of(static_cast<double>(roll(1'000)) / 4), text(name),
                      base::value::of(roll(2) == 0), base::value::of(when),
                      base::value::of(base::duration{roll(60'000)})});
  }
  return life;
}

std::vector<sample> samples() {
  const auto store =
      test::workbench{"store"}
          .stream("transactions", {test::string("terminal_id"), test::decimal("total_amount")})
          .table("stores", {test::string("opens"), test::string("closes"), test::string("zone")});
  auto stock = test::products_known("stock");
  const auto series = test::workbench{"series"}.stream("readings", {test::number("value")});
  std::vector<sample> all;
  const auto add = [&](std::string name, std::unique_ptr<const entity::behaviour> logic,
                       support::script life) {
    all.push_back({std::move(name), nullptr, std::move(logic), std::move(life)});
  };
  add("anomaly-amount", store.decides("anomaly", "amount", {{"of", "total_amount"}}), baskets());
  add("anomaly-velocity",
      store.decides("anomaly", "velocity",
                    {{"by", "terminal_id"}, {"more_than", "9"}, {"within", "1m"}}),
      baskets());
  add("anomaly-off_hours",
      store.decides(
          "anomaly", "off_hours",
          {{"opens", "stores.opens"}, {"closes", "stores.closes"}, {"zone", "stores.zone"}}),
      baskets());
  add("forecast-seasonal", stock.estimates("forecast", "seasonal", {{"of", "quantity"}}),
      product_days());
  auto demand = stock.estimates("forecast", "seasonal", {{"of", "quantity"}});
  auto orders = stock.input("demand", *demand)
                    .decides("reorder", "order_up_to",
                             {{"demand", "demand"}, {"lead_time", "products.lead_time"}});
  all.push_back({"reorder-order_up_to", std::move(demand), std::move(orders), product_days()});
  add("anomaly-price_error", stock.decides("anomaly", "price_error", {{"of", "unit_price"}}),
      product_days());
  add("price-elasticity", stock.decides("price", "elasticity", {{"cost", "products.cost"}}),
      product_days());
  add("score-series", series.reports("score", "series", {{"of", "value"}}), readings());
  add("forecast-horizon", series.reports("forecast", "horizon", {{"of", "value"}}), readings());
  using std::chrono::minutes;
  add("window-tumbling", tests::tumbling(minutes{5}, minutes{10}, tests::everything()),
      everything_in_windows());
  add("window-sliding", tests::sliding(minutes{10}, minutes{5}, minutes{10}, tests::everything()),
      everything_in_windows());
  return all;
}

TEST_CASE("every behaviour has a state of every version that ever was, and reads it") {
  for (const auto& s : samples()) {
    CAPTURE(s.name);
    const auto actor = s.actor();
    support::fake_actor played{actor, s.life, support::handling::plain};
    played.play(0, s.life.inputs().size());
    const auto now = s.logic->version();
    make_if_asked(file_of(s.name, now, "state"), played.saved().back());
    make_if_asked(file_of(s.name, now, "json"), played.shown().back());
    for (std::uint32_t version = 1; version <= now; ++version) {
      CAPTURE(version);
      const auto bytes = content_of(file_of(s.name, version, "state"));
      REQUIRE_MESSAGE(!bytes.empty(), "no golden file: see tests/golden/README.md");
      support::state_block read{*s.logic};
      base::unpacker from{bytes};
      s.logic->load(read.get(), version, from);
      CHECK(from.done());
      CHECK(read.shown() == content_of(file_of(s.name, version, "json")));
      if (version == now) {
        CHECK_MESSAGE(read.saved() == bytes, "what is saved has changed: it needs another version");
      }
    }
  }
}

TEST_CASE("no model of the catalog is without a sample, and no file without a behaviour") {
  std::set<std::string> names{"window-tumbling", "window-sliding"};
  const auto catalog = shop::make_catalog();
  for (const auto& model : catalog.models()) {
    names.insert(model.family + "-" + model.name);
  }
  std::set<std::string> sampled;
  for (const auto& s : samples()) {
    sampled.insert(s.name);
  }
  CHECK((sampled == names));
  for (const auto& file : fs::directory_iterator{folder}) {
    const auto name = file.path().stem().stem().string();
    CHECK_MESSAGE((names.contains(name) || name.starts_with("runtime-")), name);
  }
}

// ---- the runtime's own forms
// ----------------------------------------------------------------------

/// A host's only actor, as a cut keeps it.
struct kept_actor {
  std::string key;
  std::string bytes;
};

kept_actor packed_actor(entity::workshop& shop) {
  shop[0].hears = [](entity::probe_state& state, const entity::event& e, entity::context&) {
    state = {.total = entity::amount_of(e), .due = entity::at(9'000)};
  };
  entity::actor_host host{shop.stage};
  host.keep_track();
  entity::outputs made;
  const auto batch = entity::batch_of({{.key = "a", .at_ms = 5, .amount = 42}});
  host.apply(0, batch[0], batch[0].head->seen, made);
  entity::actor_changes changes;
  host.freeze(changes);
  REQUIRE(changes.size() == 1);
  return {std::string{changes[0].key}, std::string{changes[0].state}};
}

TEST_CASE("a packed actor of every version is taken up") {
  entity::workshop shop{1};
  const auto now = packed_actor(shop);
  const auto file = file_of("runtime-actor", 2, "state");
  make_if_asked(file, now.bytes);
  CHECK(now.bytes == content_of(file));
  entity::actor_host host{shop.stage};
  REQUIRE(host.take_up(now.key, base::hash64(now.key), content_of(file)));
  CHECK(host.describe(now.key) == R"({"b0":[42,9000]})");
  CHECK(host.find(now.key)->last == entity::at(5));
}

TEST_CASE("a packed actor of a version that never was is not taken up") {
  entity::workshop shop{1};
  auto now = packed_actor(shop);
  // Where the head has its version.
  now.bytes[27] = 3;
  entity::actor_host host{shop.stage};
  CHECK_FALSE(host.take_up(now.key, base::hash64(now.key), now.bytes));
}

entity::shard_facts some_facts() {
  return {.epoch = base::epoch{7},
          .channels = {{.watermark = entity::at(5), .rests = true, .ended = false}},
          .merged = entity::at(4),
          .rows = {.released = entity::at(4), .front = flow::waits_from::row{}, .newest_page = 3},
          .state = entity::shard_state::working,
          .highest = entity::at(9),
          .host = {.counts = {.in = 6}, .late = {1}, .quarantined_actors = 2},
          .made = {.windows = 3},
          .tables_since = base::epoch{2},
          .layout = 4};
}

TEST_CASE("a shard's facts of every version are read; those of a newer one are refused by name") {
  const auto facts = some_facts();
  std::string now;
  entity::pack(facts, now);
  const auto file = file_of("runtime-facts", 2, "state");
  make_if_asked(file, now);
  CHECK(now == content_of(file));
  const auto read = entity::unpack_facts(content_of(file));
  REQUIRE(read.has_value());
  CHECK((*read == facts));
  // Behind the head of the array.
  now[1] = 3;
  const auto newer = entity::unpack_facts(now);
  REQUIRE_FALSE(newer.has_value());
  CHECK(newer.error() == "a shard's facts of version 3; this program knows 2");
}

TEST_CASE("a page of waiting rows of every version is read; one of a newer is refused by name") {
  const entity::workshop shop{1};
  const auto rows = entity::batch_of({{.at_ms = 1}, {.key = "b", .at_ms = 2, .amount = 5}});
  auto now =
      entity::pack({.number = 4, .source = {}, .stream = 0, .after = entity::at(1), .rows = {}},
                   rows, {0, 1}, shop.stage, 4);
  const auto file = file_of("runtime-page", 2, "state");
  make_if_asked(file, now.bytes);
  CHECK(now.bytes == content_of(file));
  const auto read = entity::unpack_page(content_of(file), shop.stage);
  REQUIRE(read.has_value());
  CHECK(read->number == 4);
  CHECK(read->rows.size() == 2);
  now.bytes[1] = 3;
  const auto newer = entity::unpack_page(now.bytes, shop.stage);
  REQUIRE_FALSE(newer.has_value());
  CHECK(newer.error() == "a page of waiting rows of version 3; this program knows 2");
}

TEST_CASE("a manifest of every version is read") {
  topology::manifest some;
  some.topology = "shop";
  some.sources = {{.name = "sales", .partitions = 2}};
  some.stages = {{.name = "store",
                  .was = "place",
                  .shards = 4,
                  .per_key = false,
                  .key = {{.name = "id", .type = {base::kind::string}, .required = true}},
                  .streams = {{.name = "sales",
                               .source = "sales",
                               .fields = {{.name = "paid", .type = {base::kind::decimal, 2}}}}},
                  .behaviours = {{.name = "odd",
                                  .was = {},
                                  .role = topology::role::decide,
                                  .kind = "anomaly",
                                  .model = "amount",
                                  .form = {},
                                  .version = 1,
                                  .parameters = {{"sigma", "4"}}}}}};
  some.sinks = {{.name = "out", .lanes = 4, .immediate = true, .into = "webhook"}};
  const auto file = file_of("runtime-manifest", 1, "state");
  make_if_asked(file, pack(some));
  CHECK(pack(some) == content_of(file));
  const auto read = topology::unpack_manifest(content_of(file));
  REQUIRE(read.has_value());
  CHECK((*read == some));
}

}  // namespace
}  // namespace aisle::golden
