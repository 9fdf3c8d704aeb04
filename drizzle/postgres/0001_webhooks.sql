CREATE TABLE "deliveries" (
	"webhook" integer NOT NULL,
	"log" bigint NOT NULL,
	"state" text NOT NULL,
	"attempt" integer NOT NULL,
	"token" integer NOT NULL,
	"due_at_ms" bigint,
	"created_at_ms" bigint NOT NULL,
	"last_at_ms" bigint,
	"status" integer,
	"error" text,
	"answer" text,
	"duration_ms" double precision,
	CONSTRAINT "deliveries_webhook_log_pk" PRIMARY KEY("webhook","log")
);
--> statement-breakpoint
CREATE TABLE "secrets" (
	"name" text PRIMARY KEY NOT NULL,
	"bytes" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"seq" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhooks_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"id" uuid NOT NULL,
	"project" integer NOT NULL,
	"destination" text NOT NULL,
	"sample_percent" double precision NOT NULL,
	"property_filters" jsonb NOT NULL,
	"include_data" integer NOT NULL,
	"hmac_key" text NOT NULL,
	"created_at_ms" bigint NOT NULL,
	"updated_at_ms" bigint NOT NULL,
	"disabled_at_ms" bigint,
	"disabled_reason" text,
	CONSTRAINT "webhooks_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("webhook","due_at_ms") WHERE due_at_ms is not null;--> statement-breakpoint
CREATE INDEX "webhooks_project" ON "webhooks" USING btree ("project");