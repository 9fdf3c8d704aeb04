CREATE TABLE "rule_days" (
	"project" integer NOT NULL,
	"rule" text NOT NULL,
	"stratum" text NOT NULL,
	"date" text NOT NULL,
	"matched" bigint NOT NULL,
	"taken" integer NOT NULL,
	"first_ms" bigint,
	"used_up_at_ms" bigint,
	"changed_at_ms" bigint NOT NULL,
	CONSTRAINT "rule_days_project_rule_stratum_date_pk" PRIMARY KEY("project","rule","stratum","date")
);
