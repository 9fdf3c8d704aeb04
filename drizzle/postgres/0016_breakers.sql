CREATE TABLE "breakers" (
	"project" integer NOT NULL,
	"evaluator" text NOT NULL,
	"failures" integer NOT NULL,
	"paused_at_ms" bigint,
	"cause" text,
	"reason" text,
	CONSTRAINT "breakers_project_evaluator_pk" PRIMARY KEY("project","evaluator")
);
