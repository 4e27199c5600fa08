// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/catalog.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "tests/entity/workshop.hpp"

namespace aisle::entity {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a model is found by where it is written, its family and its name") {
  std::vector<model> models(3);
  models[0].section = section::decides;
  models[0].family = "anomaly";
  models[0].name = "amount";
  models[1] = models[0];
  models[1].section = section::reports;
  models[2] = models[0];
  models[2].name = "velocity";
  const catalog all{std::move(models)};
  CHECK(all.find(section::decides, "anomaly", "amount") == &all.models()[0]);
  CHECK(all.find(section::reports, "anomaly", "amount") == &all.models()[1]);
  CHECK(all.find(section::decides, "anomaly", "velocity") == &all.models()[2]);
  CHECK(all.find(section::estimates, "anomaly", "amount") == nullptr);
  CHECK(all.find(section::decides, "anomaly", "") == nullptr);
}

TEST_CASE("a model gets each setting by its kind, and sees which were left out") {
  settings given{"gate", "rush", {}};
  given.set("within", base::duration{60s});
  given.set("most", std::int64_t{10});
  given.set("sigma", 4.5);
  given.set("strict", true);
  given.set("mode", std::string{"up"});
  given.set("opens", std::monostate{});
  given.set("demand", input_ref{.name = "demand", .interface = nullptr});
  CHECK(given.stage() == "gate");
  CHECK(given.name() == "rush");
  CHECK(given.duration("within") == 60s);
  CHECK(given.integer("most") == 10);
  CHECK(given.number("sigma") == 4.5);
  CHECK(given.boolean("strict"));
  CHECK(given.text("mode") == "up");
  CHECK(given.input("demand").name == "demand");
  CHECK(given.has("within"));
  CHECK_FALSE(given.has("opens"));
  CHECK(given.actor_expression("opens") == nullptr);
}

event_expression doubled_amount() {
  const expr::scope names{
      {{.name = "amount",
        .place = {.row = 0, .field = flow::amount_place, .type = {base::kind::integer}}}}};
  event_expression by_stream;
  by_stream.by_stream.resize(2);
  by_stream.by_stream[1] = *expr::compile("amount * 2", names);
  return by_stream;
}

base::value on_stream(const event_expression& of, stream_index by, std::int64_t amount) {
  const auto batch = batch_of({{.amount = amount}});
  const std::vector<expr::row_ref> rows{batch[0].row};
  return of.of({.head = batch[0].head, .stream = by, .rows = rows});
}

TEST_CASE("an event expression has a value for the streams it is compiled for, null for others") {
  const auto of = doubled_amount();
  CHECK_FALSE(of.feeds(0));
  CHECK(of.feeds(1));
  CHECK_FALSE(of.feeds(2));
  CHECK(on_stream(of, 0, 21).is_null());
  CHECK(on_stream(of, 1, 21) == base::value::of(std::int64_t{42}));
}

TEST_CASE("an expression that overflows is thrown, so that the event becomes a dead letter") {
  const auto of = doubled_amount();
  CHECK_THROWS_WITH_AS(on_stream(of, 1, std::numeric_limits<std::int64_t>::max()),
                       std::string{expr::to_text(expr::failure::overflow)}.c_str(),
                       evaluation_failed);
}

TEST_CASE("a model takes its event expressions with it") {
  settings given{"gate", "rush", {}};
  given.set("of", doubled_amount());
  const auto taken = given.take_event_expression("of");
  CHECK(on_stream(taken, 1, 4) == base::value::of(std::int64_t{8}));
}

}  // namespace
}  // namespace aisle::entity
